/** 1 KiB of JSON, as a list of orders is. */
export const BODY = Buffer.from(JSON.stringify({ orders: "o".repeat(1024 - 13) }));
