/** A sequence diagram that a run wrote and Mermaid drew when the page was written. No drawing script is loaded. */
import type { CSSProperties } from 'react';
import type { DiagramData } from '../../plugins/truth/diagrams.ts';
import { Fold } from '../Fold/index.tsx';
import styles from './styles.module.css';

/** Width of a drawing in its own units, for the style sheet: one of two lanes must not be blown up to the width of six. */
const natural = (svg: string): CSSProperties => {
  const width = /viewBox="\S+ \S+ (\S+)/.exec(svg)?.[1] ?? '704';
  return { '--natural': `${width}px` } as CSSProperties;
};

export default function Diagram({ data, title }: { data: DiagramData; title: string }) {
  return (
    <figure className={styles.diagram}>
      <figcaption>{title}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a diagram wider than its column is scrolled by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={`${title}: diagram`}>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: the SVG is a file of this repository. */}
        <div style={natural(data.svg)} dangerouslySetInnerHTML={{ __html: data.svg }} />
      </section>
      <Fold title="The same in words">
        <ol>
          {data.account.map((sentence, n) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the sentences of a run have no other identity than their place.
            <li key={n}>{sentence}</li>
          ))}
        </ol>
      </Fold>
      <Fold title="Mermaid source">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard. */}
        <pre tabIndex={0}>
          <code>{data.source}</code>
        </pre>
      </Fold>
    </figure>
  );
}
