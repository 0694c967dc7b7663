import {
  type Challenge,
  EMPTY_LANE,
  EMPTY_PHONE_RECORD,
  type Lane,
  type PhoneRecord,
} from "./phone-record.ts";

/** A lane as it is stored: without the fields that say nothing. */
type StoredLane = Partial<Lane>;

/** A challenge as it is stored; `known` in records of the first version. */
type StoredChallenge = Challenge & { readonly known?: boolean | null };

/** A phone's record as it is stored: without the parts that say nothing. */
export interface StoredPhoneRecord {
  readonly common?: StoredLane;
  readonly devices?: Readonly<Record<string, StoredLane>>;
  readonly challenges?: readonly StoredChallenge[];
}

/**
 * The record without what is empty. A script with a million numbers leaves a million records: each
 * is a few bytes once its codes are over.
 */
export function storedPhoneRecord({ challenges, common, devices }: PhoneRecord): StoredPhoneRecord {
  const lane = storedLane(common);
  const lanes = Object.entries<Lane>(devices).map(([name, each]) => [name, storedLane(each)]);
  return {
    ...(Object.keys(lane).length === 0 ? {} : { common: lane }),
    ...(lanes.length === 0 ? {} : { devices: Object.fromEntries(lanes) }),
    ...(challenges.length === 0 ? {} : { challenges }),
  };
}

/** The record that was stored. Whole records, as the first version wrote them, read the same. */
export function readStoredPhoneRecord(stored: StoredPhoneRecord): PhoneRecord {
  const { challenges, common, devices = {} } = stored;
  const lanes = Object.entries(devices).map(([name, lane]) => [name, { ...EMPTY_LANE, ...lane }]);
  return {
    common: { ...EMPTY_LANE, ...common },
    devices: Object.fromEntries(lanes),
    challenges: challenges?.map(readChallenge) ?? EMPTY_PHONE_RECORD.challenges,
  };
}

const readChallenge = ({ known, ...challenge }: StoredChallenge): Challenge =>
  known === undefined ? challenge : { ...challenge, isCustomerPhone: known };

const storedLane = (lane: Lane): StoredLane =>
  Object.fromEntries(Object.entries(lane).filter(([, value]) => !saysNothing(value)));

const saysNothing = (value: unknown): boolean =>
  value === null || value === 0 || (Array.isArray(value) && value.length === 0);
