/** Spellings of an id in a path, as a client writes them into the URL. */
export const pathSpellings = (own: string, others: string): readonly string[] => {
  const [first = ""] = others;
  const hex = (text: string) => `%${text.charCodeAt(0).toString(16).padStart(2, "0")}`;
  const rest = others.slice(1);
  return [
    others,
    hex(first) + rest,
    [...others].map(hex).join(""),
    [...others].map(hex).join("").toUpperCase(),
    others.replace("-", "%2D"),
    others.toUpperCase(),
    `${others}/`,
    // White space, controls, and what is cut off by somebody.
    ...[`${others}%20`, `%20${others}`, `+${others}`, `${others}%09`, `${others}%0A`],
    ...[`${others}%00`, `${own}%00${others}`, `${own}%0A${others}`, `${others}%E2%80%8B`],
    ...[`${others};x=1`, `${others}%3Bx`, `${own};${others}`, `${others}%3F`, `${others}%23`],
    // Dots and slashes: another id behind one's own.
    ...[`${own}%2F..%2F${others}`, `${own}%2f%2e%2e%2f${others}`, `${own}/../${others}`],
    ...[
      `${own}/%2e%2e/${others}`,
      `./${others}`,
      `%2e/${others}`,
      `${others}/.`,
      `${own}/..%2f${others}`,
    ],
    ...[
      `${own}%5C..%5C${others}`,
      `${own}\\..\\${others}`,
      `/${others}`,
      `${others}.`,
      `${others}%2F`,
    ],
    // Decoded twice, overlong, of another script.
    ...[
      others.replace("-", "%252D"),
      `%25${hex(first).slice(1)}${rest}`,
      `%C0%${hex(first).slice(1)}${rest}`,
    ],
    ...[
      others.replace("-", "%E2%80%90"),
      others.replace("2", "%EF%BC%92"),
      `%u0063${rest}`,
      `%${others}`,
    ],
    // What a query would be, and patterns.
    ...[
      "*",
      "%2A",
      `[${others}]`,
      `%7B%22%24ne%22%3Anull%7D`,
      `${own},${others}`,
      `${own}&${others}`,
    ],
    ...["null", "undefined", "%00", "..", "_id", "$ne"],
  ];
};

/** Queries of a list that shows everybody's where customer_id is empty or missing. */
export const querySpellings = (own: string, others: string): readonly string[] => [
  ...[
    "",
    "?",
    "?customer_id",
    "?customer_id=",
    "?customer_id=&",
    "?&customer_id=",
    "??customer_id=",
  ],
  ...[`?customer_id=${others}`, `?customer_id=${own}&customer_id=${others}`],
  ...[`?customer_id=${others}&customer_id=${own}`, `?customer_id=${own}&customer_id=`],
  ...[`?customer%5Fid=${others}`, `?%63ustomer_id=`, `?customer_id%00=${others}`, "?+customer_id="],
  ...[`?Customer_id=${others}`, `?CUSTOMER_ID=${others}`, `?customerId=${others}`],
  ...[`?customer_id[]=${others}`, "?customer_id[$ne]=x", `?customer_id.id=${others}`],
  ...["?customer_id=%7B%22%24ne%22%3Anull%7D", "?customer_id=null", "?customer_id=*"],
  ...[`?customer_id=${own}%26customer_id=${others}`, `?customer_id=${own};customer_id=${others}`],
  ...[
    `?customer_id=${own}%00`,
    "?customer_id=%20",
    "?customer_id=%C0%80",
    "?customer_id=%",
    "?;customer_id=",
  ],
  ...[`?customer_id=${own}#&customer_id=`, `?x=1&customer_id=${others}`, `?=${others}`, "?%00"],
  ...[
    `?customer_id=${others.replace("-", "%2D")}`,
    `?customer_id=${own},${others}`,
    "?x='",
    "?x=%C3%A9",
  ],
];

type Bytes = Uint8Array<ArrayBuffer>;
export interface SpelledBody {
  readonly name: string;
  readonly bytes: Bytes;
  /** Of the header; null: none. */
  readonly contentType: string | null;
  readonly headers?: readonly (readonly [string, string])[];
}

const bytesOf = (text: string): Bytes => new TextEncoder().encode(text);
const utf16 = (text: string, order: "le" | "be", mark: boolean): Bytes => {
  const bytes = Buffer.from((mark ? "\ufeff" : "") + text, "utf16le");
  return new Uint8Array(order === "le" ? bytes : bytes.swap16());
};

/**
 * Bodies that name another's document in `field`, by value, by key, or by how they are sent.
 *
 * @param more the other members of the body, such as `{"amount":1}`
 */
export function bodySpellings(
  field: string,
  own: string,
  others: readonly string[],
  more: object,
): readonly SpelledBody[] {
  const [other = ""] = others;
  const members = JSON.stringify(more).slice(1, -1);
  const text = (json: string): SpelledBody => ({
    name: json.slice(0, 80),
    bytes: bytesOf(json),
    contentType: "application/json",
  });
  const tail = members === "" ? "" : `,${members}`;
  const valued = (value: string) => text(`{"${field}":${value}${tail}}`);
  const plain = `{"${field}":"${other}"${tail}}`;
  const sent = (contentType: string | null, name = `as ${contentType}`): SpelledBody => ({
    name,
    bytes: bytesOf(plain),
    contentType,
  });
  const escaped = (word: string) =>
    `\\u${word.charCodeAt(0).toString(16).padStart(4, "0")}${word.slice(1)}`;
  return [
    ...others.map((id) => valued(JSON.stringify(id))),
    ...[
      other.toUpperCase(),
      ` ${other}`,
      `${other} `,
      `${other}\u0000`,
      `${own}\u0000${other}`,
      "",
    ].map((id) => valued(JSON.stringify(id))),
    ...[escaped(other), `${own}\\n${other}`, "\\ud800"].map((id) => valued(`"${id}"`)),
    ...['{"$ne":null}', '{"$gt":""}', `{"$in":["${other}"]}`, `{"$regex":"${other}"}`].map(valued),
    ...['{"$exists":true}', `{"$eq":"${other}"}`, `{"\\u0024ne":null}`, '{"$not":{"$eq":1}}'].map(
      valued,
    ),
    ...[`["${other}"]`, `["${own}","${other}"]`, "[]", "null", "true", "0", "2", "{}"].map(valued),
    // Two keys of one name: the backend takes the last.
    text(`{"${field}":"${own}","${field}":"${other}"${tail}}`),
    text(`{"${field}":"${other}","${field}":"${own}"${tail}}`),
    text(`{"${field}":"${own}","${escaped(field)}":"${other}"${tail}}`),
    text(`{"${escaped(field)}":"${other}"${tail}}`),
    text(`{"${field.toUpperCase()}":"${other}"${tail}}`),
    text(`{"${field}":"${own}","__proto__":{"${field}":"${other}"}${tail}}`),
    text(`{"${field}":"${own}","$or":[{"id":"${other}"}]${tail}}`),
    text(`{"a":{"${field}":"${own}"}${tail}}`),
    // No object at all, or no JSON that all read alike.
    ...["", "{}", "[]", `["${other}"]`, `[${plain}]`, `"${other}"`, "null", "NaN"].map(text),
    ...[
      `${plain}{}`,
      `${plain},`,
      `//\n${plain}`,
      `{'${field}':'${other}'}`,
      `{"${field}":"${other}",}`,
    ].map(text),
    text(`{"${field}":"${own}","x":${"[".repeat(100)}${"]".repeat(100)}${tail}}`),
    text(`{"${field}":"${own}","x":1e400${tail}}`),
    // Other encodings: the backend guesses them from the bytes, whatever the header says.
    { name: "with a mark", bytes: bytesOf(`\ufeff${plain}`), contentType: "application/json" },
    ...(["le", "be"] as const).flatMap((order) =>
      [true, false].map((mark) => ({
        name: `UTF-16 ${order} ${mark}`,
        bytes: utf16(plain, order, mark),
        contentType: "application/json",
      })),
    ),
    {
      name: "overlong UTF-8",
      contentType: "application/json",
      bytes: new Uint8Array(
        Buffer.from(plain.replace(other, `\xc1\xa3${other.slice(1)}`), "latin1"),
      ),
    },
    // Other types: the backend reads JSON from `application/*+json` and from none alike.
    ...[null, "", "application/vnd.api+json", "text/plain", "application/json; charset=utf-16"].map(
      (type) => sent(type),
    ),
    ...[
      "application/json, text/plain",
      "application/x-www-form-urlencoded",
      "APPLICATION/JSON",
    ].map((type) => sent(type)),
    ...["multipart/form-data; boundary=x", "application/json; charset=utf-8"].map((type) =>
      sent(type),
    ),
    { ...sent("application/json", "in a coding"), headers: [["content-encoding", "gzip"]] },
    { ...sent("application/json", "in no coding"), headers: [["content-encoding", "identity"]] },
  ];
}
