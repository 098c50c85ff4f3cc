import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  // a container's tests run once, so a cache on the disk would serve nobody
  test: { fsModuleCache: false },
});
