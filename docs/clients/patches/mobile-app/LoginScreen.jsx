import { useEffect, useState } from "react";
import { doorstep, listenForAnswers } from "./doorstep.js";

/**
 * The login screen, in place of the one that posted phone and password to `/auth/login`, which the
 * backend never had. One button: the login page asks for the phone and the code.
 *
 * @param onLogin called with `{ id, name, role }`
 */
export function LoginScreen({ onLogin }) {
  const [said, setSaid] = useState("");

  useEffect(() => {
    const take = (signedIn) => signedIn !== null && onLogin(signedIn.user);
    const stopHearing = doorstep.onChange(take);
    doorstep.current().then(take);
    const stopListening = listenForAnswers((error) =>
      setSaid(error === null ? "" : sentenceFor(error)),
    );
    return () => {
      stopHearing();
      stopListening();
    };
  }, [onLogin]);

  const signIn = (prompt) => doorstep.signIn({ prompt });
  return (
    <main>
      <button type="button" onClick={() => signIn()}>
        Log in with your phone
      </button>
      {/* After a log-out the browser is still signed in at the login page. */}
      <button type="button" onClick={() => signIn("login")}>
        Log in as someone else
      </button>
      <p role="alert">{said}</p>
    </main>
  );
}

function sentenceFor({ code, message }) {
  if (code === "access_denied") return "You did not log in.";
  // Android may end the app while its browser is open; the login page remembers the customer.
  if (code === "state-mismatch") return "Please press the button once more.";
  if (code === "offline") return "You are offline. Please try again.";
  return message;
}
