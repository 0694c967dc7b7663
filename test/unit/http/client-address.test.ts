import { describe, expect, it } from "vitest";
import { type Network, parseNetwork } from "../../../src/core/address/network.ts";
import { clientAddress } from "../../../src/http/middleware/client-address.ts";

const networks = (...texts: string[]): Network[] =>
  texts.map((text) => {
    const network = parseNetwork(text);
    if (!network.ok) throw new Error("not a network");
    return network.value;
  });
const PROXIES = networks("10.0.0.0/8", "2001:db8:1::/48");

describe("the client address", () => {
  it.each<[peer: string | null, header: string | undefined, expected: string, why: string]>([
    ["203.0.113.7", "198.51.100.1", "203.0.113.7", "a header from an untrusted peer is not read"],
    ["10.0.0.1", "198.51.100.1", "198.51.100.1", "a trusted proxy says who came"],
    ["10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1", "what the client wrote is ignored"],
    ["10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1", "several trusted hops are passed"],
    ["10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9", "up to the first stranger"],
    ["10.0.0.1", undefined, "10.0.0.1", "a proxy that says nothing counts itself"],
    ["10.0.0.1", "", "10.0.0.1", "an empty header says nothing"],
    ["10.0.0.1", "6.6.6.6, rubbish", "10.0.0.1", "rubbish from a trusted proxy stops there"],
    ["10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2", "all trusted: the farthest"],
    ["::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1", "IPv4 in IPv6 is IPv4"],
    ["::ffff:203.0.113.7", undefined, "203.0.113.7", "IPv4 in IPv6 is counted as IPv4"],
    ["2001:db8:1::5", "2001:db8:2:3:4:5:6:7", "2001:db8:2:3::/64", "IPv6 is counted by /64"],
    ["2001:db8:2:3:ffff::1", undefined, "2001:db8:2:3::/64", "whatever its last half"],
    ["10.0.0.1", "[2001:db8:2:3::1]:4711", "2001:db8:2:3::/64", "brackets and port are taken off"],
    ["10.0.0.1", "198.51.100.1:5555", "198.51.100.1", "and of IPv4 as well"],
    ["10.0.0.1", "127.1", "10.0.0.1", "short forms are rubbish"],
    [null, "198.51.100.1", "unknown", "no peer: nothing is believed"],
  ])("the client address from %s with %s is %s: %s", (peer, header, expected) => {
    expect(clientAddress(peer, header, PROXIES).source.address).toBe(expected);
  });

  it("the client address for the backend is one address, also where limits count its network", () => {
    expect(clientAddress("::ffff:203.0.113.7", undefined, PROXIES).address).toBe("203.0.113.7");
    expect(clientAddress("10.0.0.1", "[2001:db8:2:3::1]:4711", PROXIES)).toEqual({
      address: "2001:db8:2:3::1",
      source: { address: "2001:db8:2:3::/64", network: "2001:db8:2::/48" },
    });
  });

  it.each([
    ["203.0.113.7", "203.0.113.0/24"],
    ["::ffff:203.0.113.7", "203.0.113.0/24"],
    ["2001:db8:2:3:4:5:6:7", "2001:db8:2::/48"],
    [null, "unknown"],
  ])("the client address of %s is in the network %s", (peer, network) => {
    expect(clientAddress(peer, undefined, []).source.network).toBe(network);
  });

  it("the client address trusts nobody by default", () => {
    expect(clientAddress("127.0.0.1", "198.51.100.1", []).source.address).toBe("127.0.0.1");
  });

  it.each([
    ...["0.0.0.0/0", "::/0", "10.0.0.0/7", "10.0.0.0/33", "2000::/3", "rubbish", "", "10.0.0"],
    ...["::ffff:10.0.0.0/104", "10.0.0.1/8/8", "10.0.0.0/", "010.0.0.0/8"],
  ])("the client address takes %j for no network of a proxy", (text) => {
    expect(parseNetwork(text).ok).toBe(false);
  });
});
