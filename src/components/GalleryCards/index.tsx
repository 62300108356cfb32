/** Every preset of every experiment as a card that opens the page at that line. */

import Link from '@docusaurus/Link';
import { unitAfter } from '../../../sim/lab/format.ts';
import type { Card } from '../../plugins/truth/gallery.ts';
import { Still } from './Still.tsx';
import styles from './styles.module.css';

export default function GalleryCards({ data }: { data: readonly Card[] }) {
  const experiments = [...new Set(data.map(({ experiment }) => experiment))];
  return (
    <>
      {experiments.map((experiment) => {
        const cards = data.filter((card) => card.experiment === experiment);
        return (
          <section key={experiment} className={styles.section} aria-labelledby={slug(experiment)}>
            <h2 id={slug(experiment)}>{experiment}</h2>
            <p>{cards[0].question}</p>
            <ul className={styles.cards}>
              {cards.map((card) => (
                <li key={card.line} className={styles.card}>
                  <Still bands={card.bands} />
                  <h3>
                    <Link to={addressOf(card)}>{card.title}</Link>
                  </h3>
                  {card.wrongRule && <p className={styles.wrong}>Wrong rule, on purpose</p>}
                  <p className={styles.sentence}>{card.sentence}</p>
                  <dl className={styles.readouts}>
                    {card.readouts.map(({ label, text, unit }) => (
                      <div key={label}>
                        <dt>{label}</dt>
                        <dd>
                          {text}
                          {unitAfter(unit)}
                        </dd>
                      </div>
                    ))}
                  </dl>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}

const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

const addressOf = ({ page, line }: Card): string =>
  line.includes('?') ? `${page}${line.slice(line.indexOf('?'))}` : page;
