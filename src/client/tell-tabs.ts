/** Tells the other tabs of this origin about a log-out, and hears of theirs. */
export interface Tabs {
  signedOut(): void;
}

/**
 * Neither a message nor an event is believed: any script of this origin can send one, with any value.
 * Both only make this page look into its storage, or sign out.
 *
 * @param name of the value in the storage
 * @param changed another tab changed the shared storage
 * @param signedOut another tab signed out
 */
export function tellTabs(name: string, changed: () => void, signedOut: () => void): Tabs {
  addEventListener("storage", ({ key }) => {
    // Null: the storage was cleared.
    if (key === name || key === null) changed();
  });
  let channel: BroadcastChannel | null = null;
  try {
    channel = new BroadcastChannel(name);
    channel.onmessage = signedOut;
  } catch {
    // An old browser, or a frame without an origin of its own (sandbox): no other tab to tell.
  }
  return { signedOut: () => channel?.postMessage(0) };
}
