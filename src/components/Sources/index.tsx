/** Where each section has its checked sentences from. */
import type { SectionSources } from '../../plugins/truth/sources.ts';
import { Fold } from '../Fold/index.tsx';

export default function Sources({ data }: { data: readonly SectionSources[] }) {
  return (
    <Fold title="Section by section: where the checked sentences are from">
      <dl>
        {data.map(({ section, sources }) => (
          <div key={section}>
            <dt>{section}</dt>
            {sources.map((source) => (
              <dd key={source}>{source}</dd>
            ))}
          </div>
        ))}
      </dl>
    </Fold>
  );
}
