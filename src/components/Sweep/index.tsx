/** One number over the values of one parameter, as bars with the number at each. */
import { formatCount } from '../../../sim/lab/format.ts';
import type { SweepData } from '../../truth/types.ts';
import BarChart from '../Ablation/BarChart.tsx';

export default function Sweep({ data, title }: { data: SweepData; title: string }) {
  const unit = data.unit && data.unit !== 'count' ? `, ${data.unit}` : '';
  return (
    <BarChart
      title={title}
      note={`${data.metric}${unit}, by ${data.label.toLowerCase()}, in runs of ${data.line}`}
      rows={data.values.map((value, i) => ({ label: data.names[i], value, text: formatCount(value) }))}
    />
  );
}
