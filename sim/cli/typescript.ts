/** From the TypeScript of a hand-in to JavaScript: by Node itself where it can, else by the compiler that lies beside. */
import * as nodeModule from 'node:module';
import path from 'node:path';
import { FileTrouble } from './output.ts';

interface Compiler {
  transpileModule(text: string, options: object): { outputText: string };
}

const { createRequire } = nodeModule;

/** JavaScript of the same meaning, an ECMAScript module. @throws FileTrouble when nobody can take the types away. */
export function toJavaScript(text: string, file: string): string {
  if (!/\.(ts|mts|cts|ipynb)$/.test(file)) return text;
  const ts = compilerBeside(file);
  if (ts) {
    const options = { target: 9, module: 99, removeComments: false, verbatimModuleSyntax: false };
    return ts.transpileModule(text, { compilerOptions: options }).outputText;
  }
  const { stripTypeScriptTypes } = nodeModule as { stripTypeScriptTypes?: (text: string) => string };
  if (stripTypeScriptTypes) return stripTypeScriptTypes(text);
  throw new FileTrouble(
    `${file} is TypeScript, and nothing here can read it: run \`npm install typescript\`, use Node 22.13 or newer, or hand in a .js file`,
  );
}

/** The compiler where the command was called, or beside the library. Never from the folder of hand-ins: that is somebody else's. */
function compilerBeside(file: string): Compiler | undefined {
  for (const from of [path.join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      const need = createRequire(from);
      const found = need.resolve('typescript');
      if (found.startsWith(path.dirname(path.resolve(file)) + path.sep)) continue;
      return need(found) as Compiler;
    } catch {
      // Not there; the next place.
    }
  }
  return undefined;
}
