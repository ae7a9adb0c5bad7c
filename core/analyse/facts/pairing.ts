/** Which channel operations of a trace belong together. */
import {
  ABSENT,
  channelDirection,
  completed,
  eventAt,
  eventsOf,
  partnerOf,
  type Trace,
  type TraceEvent,
} from '../../trace/trace';

/** By event index, ABSENT where there is none. */
export interface Pairing {
  /** The send that each receive belongs to. */
  sendOf: Int32Array;
  /** The receive that must come before this send completes: the same rendezvous, or the (n − capacity)-th. */
  roomFor: Int32Array;
}

/**
 * By `partner` where the trace has it, otherwise in order: channels are FIFO. Receives from a closed channel and from
 * a timer have no send. The capacity comes from the object table; without it no edge leads from receive to send.
 */
export function pairChannels(trace: Trace): Pairing {
  const sends = new Map<number, number[]>();
  const receives = new Map<number, number[]>();
  const push = (map: Map<number, number[]>, object: number, event: number): void => {
    const known = map.get(object);
    if (known) known.push(event);
    else map.set(object, [event]);
  };
  for (const event of eventsOf(trace)) {
    const direction = channelDirection(event);
    if (event.object < 0 || direction === undefined || !completed(event)) continue;
    if (direction === 'send') push(sends, event.object, event.index);
    else if (hasSender(trace, event)) push(receives, event.object, event.index);
  }
  const sendOf = new Int32Array(trace.count).fill(ABSENT);
  const roomFor = new Int32Array(trace.count).fill(ABSENT);
  for (const [object, received] of receives) {
    const sent = sends.get(object) ?? [];
    for (const [order, receive] of received.entries()) {
      const partner = partnerOf(trace, receive);
      sendOf[receive] = partner !== ABSENT ? partner : (sent[order] ?? ABSENT);
    }
    const capacity = trace.header.objects[object]?.capacity;
    if (capacity === undefined) continue;
    if (capacity === 0) {
      for (const receive of received) if (sendOf[receive] !== ABSENT) roomFor[sendOf[receive]!] = receive;
    } else {
      for (const [order, send] of sent.entries()) {
        const receive = received[order - capacity];
        if (receive !== undefined) roomFor[send] = receive;
      }
    }
  }
  return { sendOf, roomFor };
}

function hasSender(trace: Trace, receive: TraceEvent): boolean {
  if (receive.operation === 'receive' && receive.argument === 1) return false;
  if (receive.partner === ABSENT) return true;
  return channelDirection(eventAt(trace, receive.partner)) === 'send';
}
