/**
 * The page's script, in ES2017 and below 4 KB. The page works without it. With it
 * - a step changes without a page load: fetch sends the form, and the next page's `main` is
 *   shown;
 * - WebOTP listens before the code request leaves, so that it catches an SMS that is quicker than
 *   the page, and until the customer types or sends a code by hand;
 * - a code from WebOTP, autofill or a paste is sent once by itself; never a typed one, and never
 *   after an error;
 * - typed text is kept while the phone is offline, and sent once more.
 *
 * The browser itself opens an app's URL: a fetch may not follow there (CSP `connect-src`).
 */
export const SCRIPT = `(()=>{
const d=document,$=q=>d.querySelector(q),field=()=>$("[autocomplete=one-time-code]");
let listening,caught="",before="",sentAlone=false,busy=false,clicked=null;
const stop=()=>{if(listening)listening.abort();listening=null;caught=""};
const listen=()=>{
  if(!("OTPCredential" in window)||listening)return;
  const mine=listening=new AbortController();
  navigator.credentials.get({otp:{transport:["sms"]},signal:mine.signal}).then(c=>{
    if(listening!==mine)return;
    listening=null;
    if(c&&c.code){caught=c.code;useCaught()}
  }).catch(()=>{if(listening===mine)listening=null});
};
const useCaught=()=>{
  const f=field();
  if(!caught||!f||busy)return;
  f.value=caught;caught="";
  alone(f);
};
const alone=f=>{
  if(sentAlone||$("main [role=alert]:not([hidden])")||!/^\\d{6}$/.test(f.value))return;
  sentAlone=true;
  send(f.form,null,true);
};
const draw=(text,url)=>{
  const next=new DOMParser().parseFromString(text,"text/html"),main=next.querySelector("main");
  if(!main){location.assign(url);return}
  d.title=next.title;
  d.documentElement.lang=next.documentElement.lang;
  d.body.className=next.body.className;
  for(const part of ["main","footer"]){
    const to=$(part),from=next.querySelector(part);
    if(to&&from)to.replaceWith(d.adoptNode(from));
  }
  if(url!==location.href)history.pushState(null,"",url);
  shown();
};
const shown=()=>{
  const at=$("main [role=alert]:not([hidden])")||$("main [role=status]")||$("h1");
  scrollTo(0,0);
  if(at){at.tabIndex=-1;at.focus({preventScroll:true});at.scrollIntoView({block:"nearest"})}
  before="";
  tick();
  if(field()){listen();useCaught()}else{sentAlone=false}
};
const get=url=>fetch(url,{credentials:"same-origin"}).then(r=>r.text().then(t=>draw(t,r.url)));
const pause=()=>new Promise(go=>{addEventListener("online",()=>setTimeout(go,500),{once:true});setTimeout(go,8000)});
const send=(form,button,isAlone)=>{
  if(busy)return;
  busy=true;
  const body=new URLSearchParams(new FormData(form));
  if(button&&button.name)body.append(button.name,button.value);
  if(form.dataset.listens)listen();else if(!isAlone&&field())stop();
  const post=()=>fetch(form.action,{method:"POST",body,credentials:"same-origin",headers:{"X-Requested-With":"doorstep"}});
  form.setAttribute("aria-busy","true");
  post().catch(()=>{const o=$("[data-offline]");if(o)o.hidden=false;return pause().then(post)}).then(r=>{
    const to=r.headers.get("X-Location");
    busy=false;
    if(!to)return r.text().then(t=>draw(t,location.href));
    const url=new URL(to,location.href);
    if(url.origin===location.origin&&url.pathname.indexOf("/login")===0)return get(url.href);
    location.assign(url.href);
  }).catch(()=>{busy=false;form.removeAttribute("aria-busy")});
};
d.addEventListener("click",e=>{clicked=e.target.closest&&e.target.closest("button")});
d.addEventListener("submit",e=>{
  const form=e.target;
  if(form.method!=="post")return;
  e.preventDefault();
  send(form,e.submitter||(clicked&&clicked.form===form?clicked:null),false);
});
d.addEventListener("input",e=>{
  const f=field();
  if(!f||e.target!==f)return;
  const jumped=before===""&&f.value.length===6;
  before=f.value;
  if(jumped)alone(f);else stop();
});
d.addEventListener("paste",e=>{
  const f=field();
  if(!f||e.target!==f||!e.clipboardData)return;
  const text=e.clipboardData.getData("text"),code=/@\\S+ #(\\d{6})/.exec(text)||/^\\D*(\\d{6})\\D*$/.exec(text);
  if(!code)return;
  e.preventDefault();
  f.value=before=code[1];
  alone(f);
});
addEventListener("popstate",()=>get(location.href).catch(()=>location.reload()));
const tick=()=>{
  const w=$("[data-seconds]");
  if(!w)return;
  if(!w.dataset.until)w.dataset.until=Date.now()+w.dataset.seconds*1000;
  const left=Math.ceil((w.dataset.until-Date.now())/1000);
  w.textContent=left>0?Math.floor(left/60)+":"+("0"+left%60).slice(-2):"";
};
setInterval(tick,500);
tick();
if(field())listen();
})()`.replaceAll(/\n\s*/g, "\n");
