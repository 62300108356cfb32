/** What the model leaves out, as the experiment declares it. */
export default function Limits({ data }: { data: readonly string[] }) {
  return (
    <ul>
      {data.map((limit) => (
        <li key={limit}>{limit}</li>
      ))}
    </ul>
  );
}
