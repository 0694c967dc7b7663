import { Agent, fetch } from "undici";
import type { Row } from "./place.ts";

interface Answered {
  readonly status: number;
  readonly challenge_id: string;
}

/** A client at one address of this machine. */
function clientAt(url: string, localAddress: string) {
  const dispatcher = new Agent({ localAddress });
  return {
    async post(path: string, body: object): Promise<Answered> {
      const response = await fetch(url + path, {
        dispatcher,
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      });
      const answer = (await response.json()) as { readonly challenge_id?: string };
      return { status: response.status, challenge_id: answer.challenge_id ?? "" };
    },
    close: () => dispatcher.close(),
  };
}

const PEOPLE = 10;

export const SERVICE_CEILINGS: Row = {
  name: "service ceilings",
  input: "one address, 28 unknown numbers, 135 wrong codes",
  right: `60 codes compared; ${PEOPLE} of ${PEOPLE} others get a code and try it`,
  async run({ url }) {
    const attacker = clientAt(url, "127.0.66.66");
    let compared = 0;
    for (let n = 0, tried = 0; n < 28; n++) {
      const { challenge_id } = await attacker.post("/auth/otp", { phone: `98111${10_000 + n}` });
      for (let guess = 0; guess < 5 && tried < 135; guess++, tried++) {
        const code = `10000${guess}`;
        const { status } = await attacker.post("/auth/otp/verify", { challenge_id, code });
        if (status === 400) compared++;
      }
    }
    await attacker.close();
    let served = 0;
    for (let n = 0; n < PEOPLE; n++) {
      const person = clientAt(url, `127.1.${n}.1`);
      const { challenge_id, status } = await person.post("/auth/otp", {
        phone: `98222${10_000 + n}`,
      });
      const tried = await person.post("/auth/otp/verify", { challenge_id, code: "100000" });
      if (status === 202 && tried.status === 400) served++;
      await person.close();
    }
    return `${compared} codes compared; ${served} of ${PEOPLE} others served`;
  },
};
