/** Every named number against the golden file of constants (a copy of the part that this folder uses). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as ata from './ata.ts';
import { ATA_ID } from './ata-identify.ts';
import * as cpuid from './cpuid.ts';
import * as dynmem from './dynmem-codes.ts';
import * as hypercall from './hypercall.ts';
import * as ic from './ic-codes.ts';
import * as input from './input-codes.ts';
import { HV_X64_MSR } from './msr.ts';
import * as nvsp from './nvsp-codes.ts';
import * as ring from './ring.ts';
import * as rndis from './rndis-codes.ts';
import * as scsi from './scsi.ts';
import * as storvsp from './storvsp.ts';
import * as synic from './synic-constants.ts';
import * as video from './synthvid-codes.ts';
import { VM_PKT } from './vm-packet.ts';
import * as vmbus from './vmbus.ts';

const { constants } = JSON.parse(
  readFileSync(new URL('./golden/constants.json', import.meta.url), 'utf8'),
) as {
  constants: Record<string, number | string>;
};

/** Every entry of `values` must agree with the golden constant of that name; `others` are names the golden file lacks. */
function agree(
  values: Record<string, number>,
  names: (key: string) => readonly string[],
  others: readonly string[] = [],
): void {
  let compared = 0;
  for (const [key, value] of Object.entries(values)) {
    const name = names(key).find((candidate) => candidate in constants);
    if (name === undefined) {
      expect(others, `${key} is not in the golden file`).toContain(key);
      continue;
    }
    expect(value, name).toBe(
      Number(constants[name]) >= 0 ? Number(constants[name]) : Number(constants[name]) >>> 0,
    );
    compared++;
  }
  expect(compared).toBe(Object.keys(values).length - others.length);
}

const prefix =
  (...prefixes: string[]) =>
  (key: string) =>
    prefixes.map((p) => p + key);
const camel = (key: string): string =>
  key.toLowerCase().replace(/(^|_)(\w)/g, (_all, _bar, letter: string) => letter.toUpperCase());

describe('integration services', () => {
  it('status codes and limits', () => {
    agree(ic.IC_STATUS, prefix('HV_'));
    agree(ic.KVP_MAX, (key) => [`HV_KVP_EXCHANGE_MAX_${key}_SIZE`]);
  });
  it('file copy', () => {
    agree(ic.FCOPY_OP, (key) => [`${key}_FILE_COPY`, `${key}_TO_FILE`, `${key}_FCOPY`]);
    agree(ic.FCOPY_FLAG, prefix(''));
  });
  it('dynamic memory', () => {
    agree(dynmem.DM, (key) => [`DM_${key}`, `DM_MEM_${key}`, `DM_${key}_MESSAGE`]);
    const [WIN10, WIN8, WIN7] = dynmem.DM_VERSIONS;
    agree({ WIN10, WIN8, WIN7 }, prefix('DYNMEM_PROTOCOL_VERSION_'));
    expect(dynmem.DM_INFO_MAX_PAGE_COUNT).toBe(constants.INFO_TYPE_MAX_PAGE_CNT);
  });
});

describe('the network adapter', () => {
  it('versions, messages, statuses', () => {
    agree(nvsp.NVSP_VERSION, (key) => [`NVSP_PROTOCOL_VERSION_${key.slice(1)}`]);
    agree(nvsp.NVSP_MSG, (key) =>
      ['NVSP_MSG_TYPE_', 'NVSP_MSG1_TYPE_', 'NVSP_MSG2_TYPE_', 'NVSP_MSG4_TYPE_', 'NVSP_MSG5_TYPE_'].map(
        (start) => start + key,
      ),
    );
    agree(nvsp.NVSP_STAT, prefix('NVSP_STAT_'));
  });
  it('RNDIS', () => {
    agree(rndis.RNDIS_MSG, prefix('RNDIS_MSG_'));
    agree(rndis.RNDIS_STATUS, prefix('RNDIS_STATUS_'));
    agree(rndis.RNDIS_OID, prefix('RNDIS_OID_', 'OID_'));
    agree(rndis.RNDIS_FILTER, prefix('RNDIS_PACKET_TYPE_'));
  });
});

describe('keyboard, mouse and screen', () => {
  it('the keyboard', () => {
    agree(input.SYNTH_KBD, prefix('SYNTH_KBD_'));
    agree(input.KEYSTROKE, prefix('IS_'));
    agree(
      {
        SYNTH_KBD_VERSION: input.SYNTH_KBD_VERSION,
        PROTOCOL_ACCEPTED: input.SYNTH_KBD_ACCEPTED,
        HK_MAXIMUM_MESSAGE_SIZE: input.SYNTH_KBD_MAX_MESSAGE,
      },
      (key) => [key],
    );
  });
  it('the mouse', () => {
    agree(input.SYNTH_HID, prefix('SYNTH_HID_'));
    agree(input.SYNTH_MOUSE, (key) => [`synthmouse::HID_${key}_ID`]);
    agree(input.MOUSE_BUTTON, prefix('synthmouse::HID_MOUSE_BUTTON_'), ['FOURTH', 'FIFTH']);
    expect(input.SYNTHHID_INPUT_VERSION).toBe(constants.SYNTHHID_INPUT_VERSION);
    expect(input.SYNTHHID_MAX_REPORT).toBe(constants.SYNTHHID_MAX_INPUT_REPORT_SIZE);
  });
  it('the screen', () => {
    agree(video.SYNTHVID, prefix('SYNTHVID_', 'synthvid::MESSAGE_'));
    agree(video.SYNTHVID_VERSION, prefix('SYNTHVID_VERSION_'), ['WIN_BLUE', 'WIN_THRESHOLD_M1']);
    for (const [name, minor] of [
      ['WIN_BLUE', 'BLUE'],
      ['WIN_THRESHOLD_M1', 'THRESHOLD_M1'],
    ] as const)
      expect(video.SYNTHVID_VERSION[name]).toBe(
        Number(constants[`synthvid::VERSION_MINOR_${minor}`]) * 0x1_0000 +
          Number(constants['synthvid::VERSION_MAJOR']),
      );
    const { CURSOR_COMPLETE, ...limits } = video.SYNTHVID_LIMIT;
    agree(limits, prefix('SYNTHVID_', 'synthvid::'));
    expect(CURSOR_COMPLETE).toBe(constants['synthvid::CURSOR_COMPLETE']);
  });
});

describe('VMBus', () => {
  it('message types', () =>
    agree(vmbus.CHANNELMSG, (key) => [`CHANNELMSG_${key}`, `vmbus_core::MessageType::${key}`]));
  it('versions', () =>
    agree(vmbus.VMBUS_VERSION, (key) => [`VERSION_${key}`, `vmbus_core::Version::${camel(key)}`]));
  it('the list of versions has the same numbers', () =>
    expect(vmbus.VMBUS_VERSIONS.map((v) => v.value)).toEqual(Object.values(vmbus.VMBUS_VERSION)));
  it('the order in which Linux tries them', () =>
    expect(vmbus.LINUX_VMBUS_VERSIONS).toEqual(JSON.parse(String(constants.vmbus_versions))));
  it('offer flags', () => agree(vmbus.VMBUS_CHANNEL, prefix('VMBUS_CHANNEL_')));
  it('packet types', () => agree(VM_PKT, prefix('VM_PKT_')));
  it('connection states', () => agree(vmbus.CONNECTION_STATE, prefix('vmbus_core::ConnectionState::')));
  it('statuses', () => agree(vmbus.VMBUS_STATUS, prefix('vmbus_core::STATUS_')));
  it('device classes', () => {
    for (const [name, { guid }] of Object.entries(vmbus.DEVICE_CLASS))
      expect(guid).toBe(constants[`HV_${name}_GUID`]);
  });
  it('fixed ids and limits', () =>
    agree(
      {
        VMBUS_MESSAGE_CONNECTION_ID: vmbus.VMBUS_MESSAGE_CONNECTION_ID,
        VMBUS_MESSAGE_CONNECTION_ID_4: vmbus.VMBUS_MESSAGE_CONNECTION_ID_4,
        VMBUS_EVENT_CONNECTION_ID: vmbus.VMBUS_EVENT_CONNECTION_ID,
        VMBUS_MONITOR_CONNECTION_ID: vmbus.VMBUS_MONITOR_CONNECTION_ID,
        VMBUS_MESSAGE_SINT: vmbus.VMBUS_MESSAGE_SINT,
        MAX_SIZE_CHANNEL_MESSAGE: vmbus.MAX_SIZE_CHANNEL_MESSAGE,
        VMBUS_PKT_TRAILER: ring.PACKET_TRAILER_SIZE,
        VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED: ring.PACKET_COMPLETION_REQUESTED,
      },
      (key) => [key],
    ));
  it('feature flags are the bits in order', () => {
    for (const [key, value] of Object.entries(vmbus.VMBUS_FEATURE)) {
      expect(value).toBe(2 ** Number(constants[`vmbus_core::FeatureFlags.${key.toLowerCase()}`]));
    }
  });
});

describe('hypervisor', () => {
  it('hypercalls', () =>
    agree(hypercall.HVCALL, (key) => [
      `HVCALL_${key}`,
      `HV_${key.replace('EXT_', 'EXT_CALL_')}`,
      `HvCall${camel(key)}`,
    ]));
  it('statuses', () => agree(hypercall.HV_STATUS, (key) => [`HV_STATUS_${key}`, `HvError::${camel(key)}`]));
  it('flush flags', () => agree(hypercall.HV_FLUSH, prefix('HV_FLUSH_')));
  it('MSRs', () => agree(HV_X64_MSR, prefix('HV_X64_MSR_', 'HV_REGISTER_', 'MSR:HV_X64_MSR_')));
  it('messages', () => agree(synic.HVMSG, prefix('HVMSG_')));
  it('SynIC', () =>
    agree(
      {
        HV_SYNIC_SINT_COUNT: synic.HV_SYNIC_SINT_COUNT,
        HV_SYNIC_VERSION_1: synic.HV_SYNIC_VERSION_1,
        HV_SYNIC_FIRST_VALID_VECTOR: synic.HV_SYNIC_FIRST_VALID_VECTOR,
        HV_SYNIC_SINT_MASKED: Number(synic.HV_SYNIC_SINT.MASKED),
        HV_SYNIC_SINT_AUTO_EOI: Number(synic.HV_SYNIC_SINT.AUTO_EOI),
        HV_SYNIC_STIMER_COUNT: synic.HV_SYNIC_STIMER_COUNT,
        HV_MESSAGE_SIZE: synic.HV_MESSAGE_SIZE,
        HV_MESSAGE_PAYLOAD_BYTE_COUNT: synic.HV_MESSAGE_PAYLOAD_BYTE_COUNT,
        HV_EVENT_FLAGS_COUNT: synic.HV_EVENT_FLAGS_COUNT,
        HV_CLOCK_HZ: synic.HV_CLOCK_HZ,
      },
      (key) => [key],
    ));
  it('CPUID leaves', () =>
    agree(cpuid.HYPERV_CPUID, prefix('HYPERV_CPUID_', 'hvdef::HV_CPUID_FUNCTION_MS_HV_')));
  it('CPUID signatures', () => {
    expect(cpuid.HV_VENDOR_SIGNATURE.ebx).toBe(constants.CPUID_40000000_EBX_SIGNATURE);
    expect(cpuid.HV_VENDOR_SIGNATURE.ecx).toBe(constants.CPUID_40000000_ECX_SIGNATURE);
    expect(cpuid.HV_VENDOR_SIGNATURE.edx).toBe(constants.CPUID_40000000_EDX_SIGNATURE);
    expect(cpuid.HV_INTERFACE_SIGNATURE).toBe(constants.CPUID_40000001_EAX_SIGNATURE);
  });
  it('CPUID access bits', () =>
    agree(cpuid.HV_ACCESS, (key) => [`HV_MSR_${key}_AVAILABLE`, `HV_ACCESS_${key}`], ['DEBUG_MSRS']));
  it('CPUID privileges', () => agree(cpuid.HV_PRIVILEGE, prefix('HV_'), ['ACCESS_VP_REGISTERS']));
  it('CPUID nested features', () =>
    agree(cpuid.HV_NESTED, prefix('HV_X64_NESTED_'), ['VIRTUALIZATION_EXCEPTION', 'DEBUG_CONTROL']));
  it('CPUID features', () =>
    agree(
      cpuid.HV_FEATURE,
      (key) => [`HV_X64_${key}_AVAILABLE`, `HV_FEATURE_${key}_AVAILABLE`, `HV_${key}_AVAILABLE`],
      ['EXTENDED_GVA_RANGES', 'SINT_POLLING_MODE', 'HYPERCALL_MSR_LOCK'],
    ));
  it('CPUID hints', () =>
    agree(cpuid.HV_HINT, (key) => [`HV_X64_${key}_RECOMMENDED`, `HV_${key}_RECOMMENDED`, `HV_X64_${key}`], [
      'DMA_REMAPPING',
      'INTERRUPT_REMAPPING',
      'X2_APIC_MSRS',
      'NESTED',
      'SYNCED_TIMELINE',
      'CORE_SCHEDULER_REQUESTED',
      'DIRECT_LOCAL_FLUSH_ENTIRE',
    ]));
});

describe('storage', () => {
  it('storvsp operations', () =>
    agree(storvsp.VSTOR_OPERATION, prefix('VSTOR_OPERATION_', 'storvsp::Operation::')));
  it('storvsp versions', () => agree(storvsp.VMSTOR_PROTO_VERSION, prefix('VMSTOR_PROTO_VERSION_')));
  it('SRB statuses', () => agree(storvsp.SRB_STATUS, prefix('SRB_STATUS_', 'srb::SrbStatus::')));
  it('SRB flags', () => agree(storvsp.SRB_FLAGS, prefix('SRB_FLAGS_')));
  it('NT statuses', () => agree(storvsp.NT_STATUS, prefix('storvsp::NtStatus::')));
  it('SCSI operation codes', () => agree(scsi.SCSI_OP, prefix('')));
  it('SCSI statuses', () => agree(scsi.SAM_STAT, prefix('SAM_STAT_')));
  it('sense keys', () => agree(scsi.SENSE_KEY, prefix('')));
  it('SCSI device types', () => agree(scsi.SCSI_TYPE, prefix('TYPE_')));
  it('ATA commands', () => agree(ata.ATA_CMD, prefix('ATA_CMD_')));
  it('ATA registers', () => agree(ata.ATA_REG, prefix('ATA_REG_')));
  it('ATA status bits', () => agree(ata.ATA_STATUS, prefix('ATA_')));
  it('ATA error bits', () => agree(ata.ATA_ERROR, prefix('ATA_')));
  it('ATA bus master', () => agree(ata.ATA_DMA, prefix('ATA_DMA_'), ['DRIVE0_CAPABLE', 'DRIVE1_CAPABLE']));
  it('IDENTIFY words', () => agree(ATA_ID, prefix('ATA_ID_')));
});

describe('names', () => {
  it('of codes and of flags', () => {
    expect(vmbus.channelMessages.nameOf(5)).toBe('OPENCHANNEL');
    expect(vmbus.channelMessages.nameOf(99)).toBe('0x63');
    expect(storvsp.srbFlags.flagsIn(0x14a)).toEqual([
      'QUEUE_ACTION_ENABLE',
      'DISABLE_SYNCH_TRANSFER',
      'DATA_IN',
      'NO_QUEUE_FREEZE',
    ]);
  });
});
