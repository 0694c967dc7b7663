import { describe, expect, it } from "vitest";
import { runDoorstep, temporaryFolder } from "../../support/gateway/gateway-process.ts";

const SCREEN = `audit  FILE  read only  SECONDS s
Can sign in by phone      18/22  ################....  82 %
  linked                      1  nothing to do
  links at next login         4  safe now: doorstep link --apply
  phone matches only          1  look first: doorstep link --by-phone
  account at first login     12  nothing to do: the login makes it
Cannot                        4
  records contradict          1  decide: row 1 of --csv
  account switched off        1  active customer, inactive user: row 5 of --csv
  stopped                     1  deliveries have ended
  number unreadable           1  no mobile number that we serve: row 6 of --csv
Worth a look
  no delivery record          1  row 7 of --csv: doorstep adopt
  number of another user      1  perhaps one person: rows 3-4 of --csv
  to mend in the backend      4  number of staff 2, users without an id 1, e-mail refused 1
NEXT  doorstep link   shows the plan; each run can be undone
`;

describe("`doorstep audit` on the sample data", () => {
  it("prints what the README shows", async () => {
    const { code, stderr, stdout } = await runDoorstep(["audit"], temporaryFolder(), { LANG: "C" });
    const shown = stdout.replace(
      /^audit {2}\S+doorstep\.db {2}read only {2}\d+\.\d s/,
      "audit  FILE  read only  SECONDS s",
    );
    expect({ code, shown, stderr }).toEqual({ code: 1, shown: SCREEN.trimEnd(), stderr: "" });
  });
});
