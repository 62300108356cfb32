/**
 * The synthetic mouse at the host's end: a HID device whose descriptor and reports go over a channel instead of a USB cable.
 *
 * The guest asks for a version; host says yes and at once what the device is; when the guest has understood, reports follow. X and Y are
 * absolute, so the guest's pointer is where the viewer's is.
 *
 * Sources: Linux `drivers/hid/hid-hyperv.c` for what guests expect; OpenVMM `vm/devices/uidevices/src/mouse` for what a host says.
 */
import type { Partition } from '../../machine/partition.ts';
import {
  HID_DESCRIPTOR,
  MOUSE_MAX,
  MOUSE_REPORT_BYTES,
  MOUSE_REPORT_DESCRIPTOR,
  SYNTH_HID,
  SYNTH_MOUSE,
  SYNTHHID_INPUT_VERSION,
} from '../../wire/input-codes.ts';
import { synthhidDeviceInfo, synthhidMsgHdr, synthhidProtocolResponse } from '../../wire/synthhid.ts';
import { DEVICE_CLASS } from '../../wire/vmbus.ts';
import { MessageDevice } from './message-device.ts';

const HEADER = synthhidMsgHdr.size;
const PIPE_AND_PADDING = 16;
const MOST_MESSAGE = 512;

/** Where the guest and the host are with each other. */
export type MouseState = 'new' | 'described' | 'ready';

/** The mouse. */
export class Mouse extends MessageDevice {
  state: MouseState = 'new';

  constructor(partition: Partition) {
    super(partition, {
      name: 'mouse',
      interfaceId: DEVICE_CLASS.MOUSE.guid,
      instanceId: '58f75a6d-d949-4320-99e1-a2a2576d581c',
      piped: true,
      mostBytes: MOST_MESSAGE,
      answerBytes: synthhidProtocolResponse.size + DEVICE_INFO.length + 4 * PIPE_AND_PADDING,
    });
  }

  /**
   * The mouse is somewhere, with some buttons down. `x` and `y` run from 0 to 32767 over the screen and are cut to that; `buttons` are
   * `MOUSE_BUTTON` bits; `wheel` counts notches, up is positive. False when the guest does not hear it.
   */
  move(x: number, y: number, buttons = 0, wheel = 0): boolean {
    if (this.state !== 'ready') {
      this.counts.lost++;
      return false;
    }
    const report = new Uint8Array(HEADER + MOUSE_REPORT_BYTES);
    const view = new DataView(report.buffer);
    view.setUint32(0, SYNTH_HID.INPUT_REPORT, true);
    view.setUint32(4, MOUSE_REPORT_BYTES, true);
    view.setUint8(HEADER, buttons & 0x1f);
    view.setUint16(HEADER + 1, within(x, 0, MOUSE_MAX), true);
    view.setUint16(HEADER + 3, within(y, 0, MOUSE_MAX), true);
    view.setInt16(HEADER + 5, within(wheel, -MOUSE_MAX, MOUSE_MAX), true);
    return this.tell(report);
  }

  protected override begin(): void {
    this.state = 'new';
  }

  protected override take(message: DataView): boolean {
    if (message.byteLength < HEADER) return false;
    const type = message.getUint32(0, true);
    if (this.state === 'new' && type === SYNTH_HID.PROTOCOL_REQUEST && message.byteLength >= HEADER + 4)
      return this.agree(message.getUint32(HEADER, true));
    if (this.state === 'described' && type === SYNTH_HID.INITIAL_DEVICE_INFO_ACK) {
      this.state = 'ready';
      return true;
    }
    return false;
  }

  /** A guest may ask again for another version after a refusal. */
  private agree(version: number): boolean {
    const approved = version === SYNTHHID_INPUT_VERSION;
    this.answer(
      synthhidProtocolResponse.encode({
        'header.type': SYNTH_HID.PROTOCOL_RESPONSE,
        'header.size': synthhidProtocolResponse.size - HEADER,
        'version_requested.version': SYNTHHID_INPUT_VERSION,
        approved: approved ? 1 : 0,
      }),
    );
    if (!approved) return true;
    this.answer(DEVICE_INFO);
    this.state = 'described';
    return true;
  }
}

const within = (value: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.round(value)));

/** What the device is, and how its reports are to be read. Golden vector `hid_initial_device_info`. */
const DEVICE_INFO = deviceInfo();

function deviceInfo(): Uint8Array {
  const fixed = synthhidDeviceInfo.encode({
    'header.type': SYNTH_HID.INITIAL_DEVICE_INFO,
    'header.size': synthhidDeviceInfo.size - HEADER + MOUSE_REPORT_DESCRIPTOR.length,
    'hid_dev_info.size': 32,
    'hid_dev_info.vendor': SYNTH_MOUSE.VENDOR,
    'hid_dev_info.product': SYNTH_MOUSE.PRODUCT,
    'hid_dev_info.version': SYNTH_MOUSE.VERSION,
    'hid_descriptor.bLength': HID_DESCRIPTOR.BYTES,
    'hid_descriptor.bDescriptorType': HID_DESCRIPTOR.HID,
    'hid_descriptor.bcdHID': HID_DESCRIPTOR.VERSION_1_1,
    'hid_descriptor.bNumDescriptors': 1,
    'hid_descriptor.rpt_desc.bDescriptorType': HID_DESCRIPTOR.REPORT,
    'hid_descriptor.rpt_desc.wDescriptorLength': MOUSE_REPORT_DESCRIPTOR.length,
  });
  const bytes = new Uint8Array(fixed.length + MOUSE_REPORT_DESCRIPTOR.length);
  bytes.set(fixed);
  bytes.set(MOUSE_REPORT_DESCRIPTOR, fixed.length);
  return bytes;
}
