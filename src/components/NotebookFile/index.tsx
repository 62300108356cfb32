/** The notebook as a file for Jupyter, with the parameters that the reader has on the page. Without script, as it is committed. */
import Link from '@docusaurus/Link';
import useBaseUrl from '@docusaurus/useBaseUrl';
import { type MouseEvent, useState } from 'react';
import { download } from '../CodeCell/takeaway.ts';
import { parametersFrom, textOf } from '../NotebookCell/session.ts';
import { withParameters } from './file.ts';
import styles from './styles.module.css';

interface Props {
  readonly of: string;
  /** Number of the parameter cell among the cells of code, and its text. */
  readonly data: { readonly n: number; readonly source: string };
}

export default function NotebookFile({ of, data: { n, source } }: Props) {
  const file = `${of}.ipynb`;
  const address = useBaseUrl(`/notebooks/${file}`);
  const [said, setSaid] = useState('');

  const take = async (event: MouseEvent): Promise<void> => {
    const own = textOf(of, n, parametersFrom(window.location.search, source) ?? source);
    if (own === source || !window.location.protocol.startsWith('http')) return;
    event.preventDefault();
    try {
      const text = await (await fetch(address)).text();
      download(file, withParameters(text, own), 'application/x-ipynb+json');
      setSaid('Your parameters are in it.');
    } catch {
      setSaid('The file did not come. Try again, or take it from the folder notebooks/ of the repository.');
    }
  };

  return (
    <p className={styles.file}>
      <a href={address} download={file} onClick={(event) => void take(event)} data-noBrokenLinkCheck>
        Open in Jupyter: {file}
      </a>
      , with your parameters in its parameter cell. <Link to="/notebooks">How to open it</Link>. The cells
      below run here, too: each runs those above it first. Ctrl+Enter runs; in the editor, Esc and then Tab
      leaves it; your text stays in this browser. <span role="status">{said}</span>
    </p>
  );
}
