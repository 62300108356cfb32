/** The machine on one page; every part is a link. As a drawing where there is room, as lists where there is not. */
import Link from '@docusaurus/Link';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { PART_HEIGHT, PARTS, PLACES } from './parts.ts';
import styles from './styles.module.css';

export default function MachineMap() {
  const base = useBaseUrl('/').replace(/\/$/, '');
  return (
    <figure className={styles.map}>
      <nav aria-label="The parts of the machine">
        {/* biome-ignore lint/a11y/noSvgWithoutTitle: its links speak, and the nav names them */}
        <svg viewBox="-2 -2 964 594" className={styles.drawing}>
          {PLACES.map(({ place, title, x, y, width, height }) => (
            <g key={place}>
              <rect {...{ x, y, width, height }} className={styles.place} style={hue(place)} />
              <text x={x + 14} y={y + 28} className={styles.placeTitle} style={hue(place)}>
                {title}
              </text>
            </g>
          ))}
          {PARTS.map(({ name, place, to, says, x, y, width }) => (
            <a key={name} href={base + to} className={styles.part} style={hue(place)}>
              <rect x={x} y={y} width={width} height={PART_HEIGHT} />
              <text x={x + 10} y={y + 19} className={styles.name}>
                {name}
              </text>
              <text x={x + 10} y={y + 36} className={styles.says}>
                {says}
              </text>
            </a>
          ))}
        </svg>
      </nav>
      <div className={styles.lists}>
        {PLACES.map(({ place, title }) => (
          <section key={place} style={hue(place)}>
            <h3>{title}</h3>
            <ul>
              {PARTS.filter((part) => part.place === place).map(({ name, to, says }) => (
                <li key={name}>
                  <Link to={to}>{name}</Link>: {says}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <figcaption>Each part leads to the page that runs it. Colours are those of every figure.</figcaption>
    </figure>
  );
}

const hue = (place: string): Record<string, string> => ({
  '--hue': `var(--place-${place})`,
  '--hue-text': `var(--place-${place}-text)`,
});
