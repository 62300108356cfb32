/** What the host asks of a guest, and who answers. */
import type { TermIs } from './types.ts';

export const SERVICES: readonly TermIs[] = [
  {
    title: 'Integration components',
    text: 'The package of drivers and services that gave older guests their clients and enlightenments. Newer systems have them in the box.',
    words: ['integration component'],
    page: 'guest-services',
  },
  {
    title: 'Daemon',
    text: 'A program of the guest that answers what its kernel cannot know: keys, backups, files. The kernel waits for it, but not for ever.',
    words: ['daemon'],
    page: 'guest-services',
  },
  {
    title: 'Balloon',
    text: 'A driver that takes pages from its own kernel and names them to the host, which may then use the memory elsewhere. It never takes more than leaves the guest its floor.',
    words: ['balloon'],
    page: 'guest-services',
  },
];
