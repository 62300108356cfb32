/** A number in running text, read from a run at build. */
export default function Num({ data }: { data: { text: string; label: string; line: string } }) {
  return (
    <data className="tabular" value={data.text} title={`${data.label}: ${data.line}`}>
      {data.text}
    </data>
  );
}
