/** The few shapes of the MDX tree that the plugin reads and writes. */

export interface Attribute {
  type: string;
  name?: string;
  value?: unknown;
}

export interface Node {
  type: string;
  name?: string | null;
  attributes?: Attribute[];
  children?: Node[];
  value?: string;
  data?: unknown;
  position?: { start: { line: number; column: number } };
}

/** All JSX elements of a page in reading order. */
export function elements(tree: Node): Node[] {
  const own = tree.type === 'mdxJsxFlowElement' || tree.type === 'mdxJsxTextElement' ? [tree] : [];
  return [...own, ...(tree.children ?? []).flatMap(elements)];
}

/** The text of an attribute, `''` for a bare one, `undefined` when it is not there. Expressions give their source. */
export function attribute(node: Node, name: string): string | undefined {
  const found = node.attributes?.find((entry) => entry.type === 'mdxJsxAttribute' && entry.name === name);
  if (!found) return undefined;
  if (found.value === null || found.value === undefined) return '';
  return typeof found.value === 'string' ? found.value : (found.value as { value: string }).value;
}

/** `name={store[index]}`, or `name={store}` without an index. */
export function dataAttribute(name: string, store: string, index?: number): Attribute {
  const whole = { type: 'Identifier', name: store };
  if (index === undefined) return { type: 'mdxJsxAttribute', name, value: valueExpression(store, whole) };
  const expression = {
    type: 'MemberExpression',
    object: whole,
    property: { type: 'Literal', value: index },
    computed: true,
    optional: false,
  };
  return { type: 'mdxJsxAttribute', name, value: valueExpression(`${store}[${index}]`, expression) };
}

const valueExpression = (value: string, expression: object): object => ({
  type: 'mdxJsxAttributeValueExpression',
  value,
  data: { estree: program([{ type: 'ExpressionStatement', expression }]) },
});

const program = (body: object[]): object => ({ type: 'Program', sourceType: 'module', body });

/** `export const store = JSON.parse("…")`: parsed faster than a literal of the same size, and smaller. */
export function dataExport(store: string, values: readonly unknown[]): Node {
  const text = JSON.stringify(values);
  const call = {
    type: 'CallExpression',
    optional: false,
    callee: {
      type: 'MemberExpression',
      object: { type: 'Identifier', name: 'JSON' },
      property: { type: 'Identifier', name: 'parse' },
      computed: false,
      optional: false,
    },
    arguments: [{ type: 'Literal', value: text }],
  };
  const declaration = {
    type: 'VariableDeclaration',
    kind: 'const',
    declarations: [{ type: 'VariableDeclarator', id: { type: 'Identifier', name: store }, init: call }],
  };
  const estree = program([{ type: 'ExportNamedDeclaration', declaration, specifiers: [], source: null }]);
  return { type: 'mdxjsEsm', value: '', data: { estree } };
}

/** `name="text"`. */
export const textAttribute = (name: string, value: string): Attribute => ({
  type: 'mdxJsxAttribute',
  name,
  value,
});

/** `import Name from 'from'`: a page loads the components that it uses and no others. */
export function importOf(name: string, from: string): Node {
  const local = { type: 'Identifier', name };
  const declaration = {
    type: 'ImportDeclaration',
    specifiers: [{ type: 'ImportDefaultSpecifier', local }],
    source: { type: 'Literal', value: from },
  };
  return { type: 'mdxjsEsm', value: '', data: { estree: program([declaration]) } };
}
