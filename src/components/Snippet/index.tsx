/** The run as a few lines of TypeScript. */
import CodeBlock from '@theme/CodeBlock';

export default function Snippet({ code }: { code: string }) {
  return <CodeBlock language="ts">{code}</CodeBlock>;
}
