// The public surface of the library, read from the compiled declarations with the compiler that is here anyway.
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';
import { Plain, ROOT } from './setup.mjs';

const DIST = join(ROOT, 'sim', 'dist');

/** Every public export of the declarations, with the file that declares it. Namespaces give dotted names. */
export function publicExports() {
  const entry = join(DIST, 'index.d.ts');
  if (!existsSync(entry)) throw new Plain('sim/dist is missing: run `npm run build -w sim` first.');
  const options = { noEmit: true, skipLibCheck: true, types: [], module: ts.ModuleKind.ESNext };
  const program = ts.createProgram([entry], {
    ...options,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
  });
  const checker = program.getTypeChecker();
  const found = new Map();
  const visit = (module, prefix) => {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const name = prefix + exported.name;
      if (symbol.flags & ts.SymbolFlags.ValueModule) visit(symbol, `${name}.`);
      else if (symbol.declarations?.length && !found.has(symbol))
        found.set(symbol, describe(symbol, name, checker));
    }
  };
  visit(checker.getSymbolAtLocation(program.getSourceFile(entry)), '');
  return [...found.values()].sort((a, b) => a.position - b.position);
}

function describe(symbol, name, checker) {
  const declarations = symbol.declarations.map((d) => (ts.isVariableDeclaration(d) ? d.parent.parent : d));
  const file = declarations[0].getSourceFile().fileName;
  return {
    name,
    file: relative(DIST, file)
      .split(sep)
      .join('/')
      .replace(/\.d\.ts$/, '.ts'),
    position: declarations[0].pos,
    doc: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    tags: symbol.getJsDocTags(checker),
    code: declarations.map(declarationText).join('\n'),
  };
}

/** The text of a declaration without what only its own file may use. */
function declarationText(node) {
  const hidden = ts.isClassDeclaration(node) ? node.members.filter(isHidden) : [];
  const start = node.getStart();
  let text = '';
  let from = start;
  for (const member of hidden) {
    text += node.getSourceFile().text.slice(from, member.getFullStart());
    from = member.end;
  }
  text += node.getSourceFile().text.slice(from, node.end);
  return text
    .replace(/^export (default )?(declare )?/, '')
    .replace(/^( {4})+/gm, (indent) => indent.slice(indent.length / 2))
    .replace(/;$/, '');
}

function isHidden(member) {
  const internal = ts.getJSDocTags(member).some((tag) => tag.tagName.text === 'internal');
  return (
    internal ||
    ts.isPrivateIdentifier(member.name ?? member) ||
    Boolean(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private)
  );
}
