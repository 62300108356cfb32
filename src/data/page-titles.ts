/** What a reader calls a concept page: the question in its title, by experiment. */
export const PAGE_TITLES: Readonly<Record<string, string>> = {
  'two-roads': 'Why is an emulated disk so slow?',
  'ring-transitions': 'How many transitions does one OUT cost?',
  'vsp-vsc': 'When does VMBus interrupt the host?',
  'clock-read': 'What does reading the clock cost?',
  'interrupt-end': 'What does it cost to end an interrupt?',
  'spin-lock': 'Why do spin locks fail under overcommit?',
  'tlb-flush': 'What does it cost a guest to flush its TLB?',
  ipi: 'What does it cost to interrupt every other processor?',
  'timers-and-idle': 'What does an idle virtual machine cost?',
  'who-is-enlightened': 'Where do a guest’s exits go?',
  'integration-components': 'What do integration components change?',
  'time-sync': 'Why is a guest’s clock late?',
  'guest-services': 'Who answers when the host asks a guest?',
  'boot-ide-filter': 'Does a start run at the speed of the synthetic disk?',
  generations: 'Can a virtual machine start from a SCSI disk?',
};
