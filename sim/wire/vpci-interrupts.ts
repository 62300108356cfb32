/**
 * PCI pass-through (vPCI): interrupts.
 */
import { array, u8, u16, u32, u64 } from './layout.ts';
import { PCI_HYPERV_C } from './sources.ts';
import { struct } from './struct.ts';
import { pciMessage, pciResponse, winSlotEncoding } from './vpci-messages.ts';

export const hvMsiDesc = struct(
  'hv_msi_desc',
  { source: PCI_HYPERV_C, packed: true, doc: 'Interrupts that a function wants.' },
  {
    vector: u8,
    delivery_mode: u8,
    vector_count: u16,
    reserved: u32,
    cpu_mask: u64,
  },
);

export const hvMsiDesc2 = struct(
  'hv_msi_desc2',
  { source: PCI_HYPERV_C, packed: true, doc: 'The same, for any processors.' },
  {
    vector: u8,
    delivery_mode: u8,
    vector_count: u16,
    processor_count: u16,
    processor_array: array(u16, 32),
  },
);

export const hvMsiDesc3 = struct(
  'hv_msi_desc3',
  { source: PCI_HYPERV_C, packed: true, doc: 'The same, with a wide vector.' },
  {
    vector: u32,
    delivery_mode: u8,
    reserved: u8,
    vector_count: u16,
    processor_count: u16,
    processor_array: array(u16, 32),
  },
);

export const tranIntDesc = struct(
  'tran_int_desc',
  { source: PCI_HYPERV_C, packed: true, doc: 'What to program into the function.' },
  {
    reserved: u16,
    vector_count: u16,
    data: u32,
    address: u64,
  },
);

export const pciCreateInterrupt = struct(
  'pci_create_interrupt',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: make interrupts.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
    int_desc: hvMsiDesc,
  },
);

export const pciCreateIntResponse = struct(
  'pci_create_int_response',
  { source: PCI_HYPERV_C, packed: true, doc: 'Host: answer.' },
  {
    response: pciResponse,
    reserved: u32,
    int_desc: tranIntDesc,
  },
);

export const pciCreateInterrupt2 = struct(
  'pci_create_interrupt2',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: make interrupts, second form.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
    int_desc: hvMsiDesc2,
  },
);

export const pciCreateInterrupt3 = struct(
  'pci_create_interrupt3',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: make interrupts, third form.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
    int_desc: hvMsiDesc3,
  },
);

export const pciDeleteInterrupt = struct(
  'pci_delete_interrupt',
  { source: PCI_HYPERV_C, packed: true, doc: 'Guest: remove interrupts.' },
  {
    message_type: pciMessage,
    wslot: winSlotEncoding,
    int_desc: tranIntDesc,
  },
);
