// What a bundler does with a front end in Relay: the tags become what relay-compiler made of them.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transformAsync } from "@babel/core";
import relay from "babel-plugin-relay";
import typescript from "typescript";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const artifactDirectory = file("../generated/relay");
const { code } = await transformAsync(await readFile(file("Panel.js"), "utf8"), {
  filename: file("Panel.js"),
  plugins: [[relay, { artifactDirectory, eagerEsModules: false }]],
  configFile: false,
});
const compilerOptions = { module: typescript.ModuleKind.CommonJS, target: typescript.ScriptTarget.ES2022 };
const { outputText } = typescript.transpileModule(code, { compilerOptions });
await writeFile(`${artifactDirectory}/Panel.cjs`, outputText.replaceAll(/"[^"]*\/(\w+\.graphql)"/g, '"./$1"'));
await writeFile(`${artifactDirectory}/package.json`, '{ "type": "commonjs" }\n');
