/** What a reader will be able to do; each line leads to the question that checks it. */
export default function Objectives({ items }: { items: readonly { text: string; check: string }[] }) {
  return (
    <ul>
      {items.map(({ text, check }) => (
        <li key={check}>
          {text} <a href={`#check-${check}`}>(check)</a>
        </li>
      ))}
    </ul>
  );
}
