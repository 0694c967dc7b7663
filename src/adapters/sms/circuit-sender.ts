import type { Channel, CodeMessage } from "../../core/otp/message.ts";
import { fail, type Result } from "../../core/result.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { CodeSender, SendFailure } from "../../ports/sms.ts";
import { type Circuit, createCircuit } from "./circuit.ts";

const FAULTS_TO_OPEN = 5;
const OPEN_MS = 30_000;

/** The reason why the provider accepted no message. */
export interface ProviderFailure extends SendFailure {
  /** True where the fault does not depend on the phone; such faults open the circuit. */
  readonly fault: boolean;
}

/** Hands one message to a provider, without a circuit. Never throws. */
export type SendOnce = (
  message: CodeMessage,
) => Promise<Result<{ readonly messageId: string }, ProviderFailure>>;

export interface CircuitSenderOptions {
  readonly provider: string;
  /** The sender of each channel; an absent channel is not offered. */
  readonly channels: ReadonlyMap<Channel, SendOnce>;
  readonly log: Log;
  readonly runtime: Pick<Runtime, "now">;
  readonly circuit?: { readonly faultsToOpen: number; readonly openMs: number };
}

/**
 * A provider's channels, each behind a circuit of its own. A circuit refuses only here, after the
 * answer: it opens by sends, which only customers' numbers have, so no client may see its state.
 */
export function circuitSender(
  options: CircuitSenderOptions,
): Omit<CodeSender, "reportShown" | "probe"> {
  const { channels, provider } = options;
  const circuits: ReadonlyMap<Channel, Circuit> = new Map(
    [...channels.keys()].map((channel) => [channel, circuitOf(channel, options)]),
  );
  return {
    provider,
    channels: [...channels.keys()],
    async send(message) {
      const sendOnce = channels.get(message.channel);
      const circuit = circuits.get(message.channel);
      if (sendOnce === undefined || circuit === undefined) return fail({ code: "no-channel" });
      const leave = circuit.enter();
      if (leave === null) return fail({ code: "circuit-open" });
      const sent = await sendOnce(message);
      if (sent.ok) {
        leave(null);
        return sent;
      }
      const { code, fault } = sent.failure;
      leave(fault ? code : null);
      return fail({ code });
    },
  };
}

function circuitOf(channel: Channel, options: CircuitSenderOptions): Circuit {
  const { log, provider, runtime } = options;
  const { faultsToOpen, openMs } = options.circuit ?? {
    faultsToOpen: FAULTS_TO_OPEN,
    openMs: OPEN_MS,
  };
  return createCircuit({
    threshold: faultsToOpen,
    openMs,
    now: runtime.now,
    onOpen: (reason) => log.write("error", "sms-circuit-open", { provider, channel, reason }),
    onClose: () => log.write("warn", "sms-circuit-closed", { provider, channel }),
  });
}
