/** The parameters of `integration-components`. */
import { choice, count, ERA_OPTIONS, flag } from '../lab/params.ts';

export const componentsParams = {
  profile: choice(
    {
      unmodified: 'an unmodified system',
      'windows-xp': 'Windows XP',
      'windows-2003-sp2': 'Windows Server 2003 SP2',
      'windows-2008': 'Windows Server 2008',
      'windows-7': 'Windows 7, Server 2008 R2',
      'windows-8': 'Windows 8, Server 2012',
      'windows-10': 'Windows 10, Server 2016',
      'linux-today': 'Linux 6.1',
      freebsd: 'FreeBSD 14',
    },
    'windows-2003-sp2',
    {
      label: 'Guest',
      why: 'What a system brings by itself decides what there is left to install.',
    },
  ),
  package: choice(
    {
      none: 'none',
      beta: 'beta of 2008',
      rtm: 'release of 2008',
      r2: 'Server 2008 R2',
      '2012r2': 'Server 2012 R2',
      current: 'Windows 10 and later',
    },
    'rtm',
    {
      label: 'Package to install',
      why: 'Its drivers, and the versions of the protocols that these speak.',
    },
  ),
  reboot: flag(true, {
    label: 'Restart afterwards',
    why: 'Some drivers can start at once, others only when the system does.',
  }),
  force: flag(false, {
    label: 'Copy over newer drivers',
    why: 'An installer keeps what is newer. One that does not takes the whole guest back.',
  }),
  era: choice(ERA_OPTIONS, '2012', {
    label: 'Hardware and host',
    why: 'A host offers the versions of its own time; the older of the two ends decides.',
  }),
  hypervisor: flag(true, {
    label: 'The hypervisor shows itself',
    why: 'One bit of CPUID. Without it a driver is where it would be on a physical machine.',
  }),
  workload: choice(
    { mixed: 'all of it', disk: 'disks only', control: 'control commands only', rest: 'clock and keys only' },
    'mixed',
    {
      label: 'What the guest does',
      why: 'Not every request can take another road.',
    },
  ),
  requests: count({
    label: 'Requests of each kind',
    why: 'Reads and writes of 64 KiB to each disk, as many readings of the clock, and half as many control commands and keys.',
    unit: '',
    min: 2,
    max: 64,
    step: 2,
    scale: 'linear',
    default: 8,
  }),
  rule: choice({ beside: 'puts drivers beside', converts: 'converts' }, 'beside', {
    label: 'An installation',
    why: 'Many texts say that it turns emulated drivers into synthetic ones. Then the emulated ones would be gone.',
  }),
};
