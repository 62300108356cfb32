/** What each ingredient is worth: the same work with one thing taken away at a time. */
import { formatCount } from '../../../sim/lab/format.ts';
import BarChart from './BarChart.tsx';

export interface AblationData {
  readonly title: string;
  readonly note: string;
  readonly rows: readonly { readonly label: string; readonly value: number }[];
}

export default function Ablation({ data }: { data: AblationData }) {
  return (
    <BarChart
      title={data.title}
      note={data.note}
      rows={data.rows.map(({ label, value }) => ({ label, value, text: formatCount(value) }))}
    />
  );
}
