// Types of the documents in src/, from the committed contract, as a front-end team generates them.
export default {
  schema: "../../schema.graphql",
  documents: "src/**/*.ts",
  generates: {
    "generated/": {
      preset: "client",
      presetConfig: { persistedDocuments: true },
      config: {
        strictScalars: true,
        scalars: { BigInt: "string", DateTime: "string", JSON: "unknown" },
        useTypeImports: true,
        enumsAsTypes: true,
      },
    },
  },
};
