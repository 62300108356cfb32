/**
 * Linux and FreeBSD as guests. Their sources are public, so a cell names the file; versions of the past name the commit or are marked as
 * recalled.
 */
import type { SystemProfile } from './system.ts';
import { all, cells, NOT_KNOWN, no, yes } from './system.ts';

const HV = 'Linux arch/x86/hyperv';
const CLOCKS = 'Linux drivers/clocksource/hyperv_timer.c, Documentation/virt/hyperv/clocks.rst';
const VMBUS = 'Linux drivers/hv/hv.c, drivers/hv/vmbus_drv.c';
const KVM = 'Linux arch/x86/kvm';
const BSD = 'FreeBSD sys/dev/hyperv/vmbus';
const LATER = no('Linux', 'recalled', 'The code came with a later version.');

/** Linux, oldest first, and FreeBSD. */
export const UNIX: readonly SystemProfile[] = [
  {
    id: 'linux-xen-adapter',
    title: 'Linux with the adapter of 2008',
    year: 2008,
    about:
      'A kernel enlightened for Xen; a thin layer turned its Xen hypercalls into those of Hyper-V. History.',
    uses: cells(NOT_KNOWN, {
      'hypercall-page': yes('Linux Integration Components for Hyper-V (2008)', 'read'),
      'synic-vmbus': yes('Linux Integration Components for Hyper-V (2008)', 'read'),
      'remote-tlb-flush': no('Linux commit 2ffd9e33 (4.14)', 'inferred', 'Linux learned it in 4.14.'),
    }),
  },
  {
    id: 'linux-2.6.32',
    title: 'Linux 2.6.32',
    year: 2009,
    about: 'Drivers in the staging tree, and a clock.',
    uses: cells(LATER, {
      ...all(['hypercall-page', 'synic-vmbus'], yes('Linux drivers/staging/hv', 'recalled')),
      'reference-counter': yes('Linux arch/x86/kernel/cpu/mshyperv.c', 'recalled'),
    }),
  },
  {
    id: 'linux-3.4',
    title: 'Linux 3.4',
    year: 2012,
    about: 'The drivers have left staging; the kernel itself knows little.',
    uses: cells(LATER, {
      ...all(['hypercall-page', 'synic-vmbus'], yes('Linux drivers/hv', 'recalled')),
      'reference-counter': yes('Linux arch/x86/kernel/cpu/mshyperv.c', 'recalled'),
    }),
  },
  {
    id: 'linux-4.14',
    title: 'Linux 4.14',
    year: 2017,
    about: 'The first to flush other processors by hypercall, and to read the clock page from user mode.',
    uses: cells(LATER, {
      ...all(['hypercall-page', 'vp-index'], yes(HV, 'read', 'hv_init.c')),
      ...all(['reference-counter', 'reference-tsc', 'frequency-msrs'], yes(CLOCKS, 'recalled')),
      'remote-tlb-flush': yes('Linux commit 2ffd9e33 (4.14)'),
      'local-tlb-flush': no(
        'Linux commit 2ffd9e33 (4.14)',
        'read',
        'It would gain nothing: the call exits, too.',
      ),
      'address-space-switch': no(HV, 'inferred'),
      'lazy-tpr': no('Linux', 'inferred', 'Linux does not mask interrupts by the task priority.'),
      'synthetic-timers': yes(CLOCKS, 'recalled', 'From 4.1 on.'),
      'crash-msrs': yes(VMBUS, 'recalled'),
      'synic-vmbus': yes(VMBUS, 'recalled'),
    }),
  },
  {
    id: 'linux-today',
    title: 'Linux today',
    year: 2025,
    about: 'Enlightened in nearly everything, on hosts from Server 2012 on.',
    uses: cells(NOT_KNOWN, {
      ...all(['hypercall-page', 'vp-index', 'reenlightenment'], yes(HV, 'read', 'hv_init.c')),
      ...all(['apic-msrs', 'cluster-ipi'], yes(HV, 'read', 'hv_apic.c')),
      'eoi-assist': yes(HV, 'recalled', 'hv_apic.c looks at the assist page before it writes EOI.'),
      'crash-msrs': yes(HV, 'read', 'hv_init.c, hyperv_report_panic.'),
      'remote-tlb-flush': yes(HV, 'recalled', 'mmu.c'),
      'local-tlb-flush': no('Linux commit 2ffd9e33 (4.14)'),
      'address-space-switch': no(HV, 'inferred', 'No file of the folder calls it.'),
      'lazy-tpr': no('Linux', 'inferred', 'Linux does not mask interrupts by the task priority.'),
      ...all(['reference-counter', 'reference-tsc', 'frequency-msrs', 'synthetic-timers'], yes(CLOCKS)),
      'long-spin-wait': no(HV, 'read', 'hv_spinlock.c waits by the guest idle register instead.'),
      'guest-idle': yes(HV, 'read', 'hv_spinlock.c: a lock that is not free is waited for by it.'),
      'deprecate-auto-eoi': yes(VMBUS, 'read', 'hv_synic_enable_regs asks the hint.'),
      'tsc-invariant-control': yes('Linux arch/x86/kernel/cpu/mshyperv.c', 'recalled'),
      ...all(
        ['enlightened-vmcs', 'nested-direct-flush'],
        yes(KVM, 'read', 'As a hypervisor inside a guest.'),
      ),
      'synic-vmbus': yes(VMBUS),
    }),
  },
  {
    id: 'freebsd',
    title: 'FreeBSD 14',
    year: 2023,
    about: 'Clock, timer and drivers; flushes by hypercall since 14.',
    uses: cells(NOT_KNOWN, {
      ...all(['hypercall-page', 'reference-counter'], yes(BSD, 'read', 'hyperv.c')),
      'reference-tsc': yes(BSD, 'inferred', 'amd64/hyperv_machdep.c'),
      'synthetic-timers': yes(BSD, 'inferred', 'vmbus_et.c'),
      'vp-index': yes(BSD, 'inferred', 'vmbus.c; sets of processors name them by it.'),
      'remote-tlb-flush': yes(BSD, 'read', 'hyperv_mmu.c, with the forms for more than 64 processors.'),
      'local-tlb-flush': no(BSD, 'read', 'hyperv_mmu.c flushes its own processor by itself.'),
      'synic-vmbus': yes(BSD, 'read'),
    }),
  },
];
