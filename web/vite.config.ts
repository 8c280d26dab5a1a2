import { defineConfig } from "vite";

const STACK = "http://127.0.0.1:8420";

// File names without hashes, so that a build of the same source gives the same folder, byte for byte.
const names = {
  entryFileNames: "[name].js",
  chunkFileNames: "assets/[name].js",
  assetFileNames: "assets/[name][extname]",
};

// Two builds, since the local wallet must stand alone in one file: the page's build knows nothing of it.
export default defineConfig(({ mode }) => {
  const wallet = mode === "local-wallet";
  return {
    publicDir: wallet ? false : "public",
    server: { proxy: { "/v1": { target: STACK, ws: true }, "/local": STACK }, fs: { allow: [".."] } },
    build: {
      outDir: "../api/static",
      emptyOutDir: !wallet,
      target: "es2022",
      cssTarget: ["chrome123", "firefox120", "safari17.5"],
      cssCodeSplit: false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: true,
      rolldownOptions: {
        input: wallet ? { "local-wallet": "src/local-wallet.ts" } : "index.html",
        output: names,
      },
    },
  };
});
