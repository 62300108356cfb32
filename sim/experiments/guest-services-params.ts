/** The parameters of `guest-services`. */
import { choice, count } from '../lab/params.ts';

export const servicesParams = {
  service: choice(
    {
      heartbeat: 'heartbeat',
      shutdown: 'shutdown',
      kvp: 'data exchange',
      vss: 'backup',
      'file-copy': 'file copy',
      memory: 'memory',
    },
    'kvp',
    {
      label: 'Service',
      why: 'Three of them are answered by the guest’s kernel, three by programs behind it.',
    },
  ),
  trouble: choice(
    {
      none: 'none',
      frozen: 'the kernel hangs',
      gone: 'the daemon is dead',
      hung: 'the daemon hangs',
      late: 'the daemon is late',
    },
    'none',
    {
      label: 'Trouble in the guest',
      why: 'Who answers decides which trouble the host can see.',
    },
  ),
  duration: count({
    label: 'How long',
    why: 'For so long the kernel hangs, or so much longer the daemon takes for every request.',
    unit: 's',
    min: 1,
    max: 1200,
    step: 1,
    scale: 'log2',
    default: 12,
  }),
  after: count({
    label: 'Requests before the trouble',
    why: 'A backup asks three times: a daemon that dies after two has frozen the file systems and cannot thaw them.',
    unit: '',
    min: 0,
    max: 5,
    step: 1,
    scale: 'linear',
    default: 1,
  }),
  requests: count({
    label: 'Questions',
    why: 'How often the host asks for a key or for 16 MiB, one question every two seconds; how many beats it waits for; or how many pieces of 6 KiB a file has.',
    unit: '',
    min: 1,
    max: 32,
    step: 1,
    scale: 'linear',
    default: 5,
  }),
  patience: count({
    label: 'The host’s patience',
    why: 'How long the host waits for a key, a piece of a file or memory, and the time that it gives the guest to shut down.',
    unit: 's',
    min: 1,
    max: 600,
    step: 1,
    scale: 'log2',
    default: 35,
  }),
  thaw: choice({ always: 'always', never: 'forgotten' }, 'always', {
    label: 'Thaw',
    why: 'A host that freezes a guest and dies leaves it so.',
  }),
  place: choice(
    {
      free: 'a free name',
      taken: 'a file is there',
      replace: 'a file that may go',
      'no-directory': 'no such directory',
      'make-directory': 'a directory to be made',
      full: 'a full disk',
    },
    'free',
    {
      label: 'Where the file goes',
      why: 'Whether a file may replace another, or make directories, is said at its start.',
    },
  ),
  memory: choice({ take: 'take', return: 'take and give back', add: 'add' }, 'take', {
    label: 'Memory',
    why: 'Pages can go and come back; more than the guest began with comes by another message.',
  }),
};
