declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** `customers_v2.id`, called C in LEGACY.md. */
export type CustomerId = Brand<string, "CustomerId">;
/** `users.id`, called U in LEGACY.md; the `sub` of every token. */
export type UserId = Brand<string, "UserId">;
/** A proven or typed phone in E.164, `+919876543210`. */
export type Phone = Brand<string, "Phone">;
/** The `_id` of a stored document as canonical Extended JSON text, `{"$oid":"65a1..."}`. */
export type DocumentKey = Brand<string, "DocumentKey">;
/** 16 random bytes in base64url that name a session; the `sid` of its tokens. */
export type SessionId = Brand<string, "SessionId">;
/** HMAC of a phone under INDEX_KEY, 16 bytes in base64url: names its record without naming the phone. */
export type PhoneKey = Brand<string, "PhoneKey">;
/** HMAC of a user id under INDEX_KEY, 16 bytes in base64url. */
export type UserKey = Brand<string, "UserKey">;
/** 9 random bytes in base64url that name a challenge inside its phone record; not a secret. */
export type ChallengeHandle = Brand<string, "ChallengeHandle">;
/** 9 random bytes in base64url that name a known device inside its user record; not a secret. */
export type DeviceId = Brand<string, "DeviceId">;
/** 9 random bytes in base64url that name an authorization code inside its user record; not a secret. */
export type CodeId = Brand<string, "CodeId">;
