import { type Answer, askForCode, newestCode, resend, verify } from "./client.ts";
import type { TestGateway } from "./test-gateway.ts";

const CHANNELS = ["sms", "whatsapp", "call"] as const;

interface OpenChallenge {
  readonly id: string;
  readonly phone: string;
}

/**
 * Somebody with a botnet, without the phone: new challenges, resends on every channel and guesses,
 * at whichever gateway is next.
 */
export class Attacker {
  /** Guesses that were held against a code; what was refused unseen tells the attacker nothing. */
  compared = 0;
  /** Guesses that were right. */
  hits = 0;
  requests = 0;
  readonly #gateways: readonly TestGateway[];
  #open: OpenChallenge[] = [];
  #turn = 0;
  #guess = 0;

  constructor(gateways: readonly TestGateway[]) {
    this.#gateways = gateways;
  }

  get open(): number {
    return this.#open.length;
  }

  #next(): TestGateway {
    this.requests++;
    return this.#gateways[this.#turn++ % this.#gateways.length] as TestGateway;
  }

  /** @returns whether a challenge was opened */
  async ask(phone: string): Promise<boolean> {
    const channel = CHANNELS[this.#turn % CHANNELS.length];
    const { body, status } = await askForCode(this.#next(), phone, { channel });
    if (status === 202) this.#open.push({ id: body.challenge_id, phone });
    return status === 202;
  }

  /** The same code again, on every channel that will take it, for the newest challenges. */
  async resendAll(): Promise<void> {
    for (const { id } of this.#open.slice(-3)) {
      for (const channel of CHANNELS) await resend(this.#next(), id, { channel });
    }
  }

  /** Guesses at every challenge there is until each is refused for good. */
  async guessAll(): Promise<void> {
    const challenges = this.#open;
    this.#open = [];
    for (const challenge of challenges) {
      let answer: Answer;
      do answer = await this.guessAt(challenge);
      while (answer.body.attempts_remaining !== undefined);
    }
  }

  async guessAt({ id }: OpenChallenge): Promise<Answer> {
    const gateway = this.#next();
    const answer = await verify(gateway, id, String(this.#guess++ % 1_000_000).padStart(6, "0"));
    await gateway.runtime.settle();
    if (answer.body.attempts_remaining !== undefined) this.compared++;
    if (answer.status === 200) {
      this.compared++;
      this.hits++;
    }
    return answer;
  }
}

/** The owner logs in, on a new device each time, which forgives the phone its wrong codes. */
export async function ownerLogsIn(gateway: TestGateway, phone: string): Promise<boolean> {
  const asked = await askForCode(gateway, phone);
  const code = newestCode(gateway, phone);
  if (asked.status !== 202 || code === undefined) return false;
  return (await verify(gateway, asked.body.challenge_id, code)).status === 200;
}
