/** The parameters of `generations`. */
import { choice } from '../lab/params.ts';

export const generationsParams = {
  generation: choice({ '1': '1', '2': '2' }, '2', {
    label: 'Generation',
    why: 'It decides which firmware and which board the machine has. It cannot be changed later.',
  }),
  bus: choice({ ide: 'IDE controller', scsi: 'SCSI controller', none: 'nowhere' }, 'scsi', {
    label: 'The boot disk hangs on',
    why: 'A SCSI controller of Hyper-V is a channel of VMBus and nothing else.',
  }),
  firmware: choice({ shipped: 'as it is', never: 'in none', always: 'in both' }, 'shipped', {
    label: 'VMBus in the firmware',
    why: 'Only the firmware of generation 2 has it. Take it away, or give it to a BIOS, and see what the rest is worth.',
  }),
  image: choice(
    {
      whole: 'nothing is damaged',
      primary: 'first copy of the table lost',
      tables: 'all copies of the table lost',
      loader: 'the loader is missing',
      kernel: 'the kernel is missing',
    },
    'whole',
    { label: 'The disk', why: 'What the firmware says of a disk from which it cannot start.' },
  ),
  add: choice({ none: 'none', scsi: 'to the SCSI controller', ide: 'to the IDE controller' }, 'scsi', {
    label: 'A second disk, while it runs',
    why: 'VMBus can tell a guest that something has come. A cable of 1994 cannot.',
  }),
  bios: choice({ int13: 'by the enlightened port', polled: 'register by register' }, 'int13', {
    label: 'A BIOS reads',
    why: 'How bad the start of generation 1 is depends on this.',
  }),
  model: choice({ memory: 'none', 'sata-ssd': 'SATA SSD', sas15k: 'disk, 15 000 a minute' }, 'sata-ssd', {
    label: 'Time of the real disk',
    why: 'Where the disk is slow it does not matter much how its requests travel.',
  }),
  scale: choice({ '8': '1/8', '16': '1/16', '32': '1/32', '64': '1/64' }, '32', {
    label: 'Size of the files',
    why: 'As parts of a real system’s: a start of full size would read for minutes here.',
  }),
  era: choice({ '2012': '2012', '2020': '2020' }, '2020', {
    label: 'Processor of',
    why: 'Generation 2 came with Server 2012 R2.',
  }),
};
