// How the playground is bundled, and which server it asks while one works on it (`TENANTRY_URL=… npm exec vite`).
import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  const server = loadEnv(mode, ".", "TENANTRY_")["TENANTRY_URL"] ?? "http://127.0.0.1:4000";
  return {
    build: {
      target: "es2022",
      // Monaco is one large chunk by nature; the page is for development and is served from this machine.
      chunkSizeWarningLimit: 4096,
      rollupOptions: {
        // "use client" stands in a hundred files of the libraries and means nothing here.
        onwarn(warning, warn) {
          if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
        },
      },
    },
    // The worker of the GraphQL language splits its code, which only modules can do.
    worker: { format: "es" },
    server: { proxy: { "/graphql": server, "/playground": server } },
  };
});
