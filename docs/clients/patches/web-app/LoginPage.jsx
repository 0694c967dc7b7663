import { DoorstepError } from "doorstep/client";
import { useEffect, useRef, useState } from "react";
import { call } from "./api.js";
import { doorstep, forgetOldToken, GATEWAY, OLD_TOKEN } from "./doorstep.js";

/**
 * The login page, in place of the old one. Customers: phone, code, and a choice where several
 * customers share the phone. Staff: e-mail and password, as before.
 *
 * @param onLogin called with `{ id, name, role }`
 */
export function LoginPage({ onLogin }) {
  const [tab, setTab] = useState("customer");
  const Form = tab === "customer" ? CustomerLogin : StaffLogin;
  return (
    <main>
      <nav>
        <button type="button" aria-pressed={tab === "customer"} onClick={() => setTab("customer")}>
          Customer
        </button>
        <button type="button" aria-pressed={tab === "staff"} onClick={() => setTab("staff")}>
          Staff
        </button>
      </nav>
      <Form onLogin={onLogin} />
    </main>
  );
}

function CustomerLogin({ onLogin }) {
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [asked, setAsked] = useState(null);
  const [choice, setChoice] = useState(null);
  const wait = useCountdown(asked);
  const [said, attempt, isBusy] = useAttempt();
  /** The browser's own code can come before the answer with the challenge. */
  const challenge = useRef(null);

  // The SMS of a page that is gone is for nobody.
  useEffect(() => () => doorstep.stopListening(), []);

  const ask = () =>
    attempt(async () => {
      challenge.current = doorstep.requestCode(phone, { onCode: verify });
      setCode("");
      setAsked(await challenge.current);
    });
  const again = (channel) =>
    attempt(async () => setAsked(await doorstep.resendCode(asked, channel)));
  const verify = (shown) =>
    attempt(async () => {
      const login = await doorstep.verifyCode(await challenge.current, shown);
      if ("customers" in login) setChoice(login);
      else done(login);
    });
  const select = ({ customer_v2_id }) =>
    attempt(async () => done(await doorstep.selectCustomer(choice, customer_v2_id)));
  const done = ({ user }) => {
    forgetOldToken();
    onLogin(user);
  };

  if (choice !== null) {
    return (
      <section>
        <h1>Which account?</h1>
        {choice.customers.map((one) => (
          <button
            key={one.customer_v2_id}
            type="button"
            disabled={isBusy}
            onClick={() => select(one)}
          >
            {one.name}, {one.area}
          </button>
        ))}
        <Said text={said} />
      </section>
    );
  }
  if (asked === null) {
    return (
      <form onSubmit={submitted(ask)}>
        <label>
          Mobile number
          <input
            name="phone"
            type="tel"
            autoComplete="tel"
            value={phone}
            onChange={(event) => setPhone(event.target.value)}
          />
        </label>
        <button type="submit" disabled={isBusy}>
          Send the code
        </button>
        <Said text={said} />
      </form>
    );
  }
  return (
    <form onSubmit={submitted(() => verify(code))}>
      <label>
        The code in your message
        <input
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={asked.code_length}
          value={code}
          onChange={(event) => {
            doorstep.stopListening();
            setCode(event.target.value);
          }}
        />
      </label>
      <button type="submit" disabled={isBusy}>
        Log in
      </button>
      <button type="button" disabled={isBusy || wait > 0} onClick={() => again(asked.channel)}>
        {wait > 0 ? `Send again in ${wait} seconds` : "Send again"}
      </button>
      <button type="button" disabled={isBusy} onClick={() => again("call")}>
        Call me instead
      </button>
      <button type="button" onClick={() => setAsked(null)}>
        Another number
      </button>
      <Said text={said} />
    </form>
  );
}

function StaffLogin({ onLogin }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [said, attempt, isBusy] = useAttempt();
  const logIn = () =>
    attempt(async () => {
      await doorstep.signOut();
      const { access_token, user } = await call("POST", "/auth/login", { email, password });
      localStorage.setItem(OLD_TOKEN, access_token);
      localStorage.setItem(
        "user",
        JSON.stringify({ id: user.id, name: user.name, role: user.role }),
      );
      onLogin(user);
    });
  return (
    <form onSubmit={submitted(logIn)}>
      <label>
        E-mail
        <input
          name="email"
          type="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
      </label>
      <label>
        Password
        <input
          name="password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      <button type="submit" disabled={isBusy}>
        Log in
      </button>
      <p>
        Customers have no password any more:{" "}
        <a href={`${GATEWAY}/login?reason=forgot`}>log in by phone</a>.
      </p>
      <Said text={said} />
    </form>
  );
}

const Said = ({ text }) => <p role="alert">{text}</p>;

const submitted = (work) => (event) => {
  event.preventDefault();
  work();
};

/** Runs one thing at a time, and gives the sentence for what went wrong. */
function useAttempt() {
  const [said, setSaid] = useState("");
  const [isBusy, setBusy] = useState(false);
  async function attempt(work) {
    setBusy(true);
    setSaid("");
    try {
      await work();
    } catch (error) {
      setSaid(sentenceFor(error));
    } finally {
      setBusy(false);
    }
  }
  return [said, attempt, isBusy];
}

function sentenceFor(error) {
  if (!(error instanceof DoorstepError)) return error.data?.detail ?? "That did not work.";
  const { attemptsRemaining, code, retryAfter } = error;
  if (code === "otp-rejected" && attemptsRemaining !== undefined) {
    return `That code is not right. ${attemptsRemaining} tries are left.`;
  }
  if (code === "rate-limited") return `Please wait ${retryAfter ?? 60} seconds.`;
  if (code === "offline") return "You are offline. Please try again.";
  return error.message;
}

/** Seconds until the next message may be asked for. */
function useCountdown(asked) {
  const [now, setNow] = useState(Date.now());
  const until = useRef(0);
  useEffect(() => {
    until.current = asked === null ? 0 : Date.now() + asked.resend_in * 1000;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [asked]);
  return Math.max(0, Math.ceil((until.current - now) / 1000));
}
