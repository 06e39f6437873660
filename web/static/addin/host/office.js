// A stand-in for Outlook's library, for the sandbox's pages and for tests. It knows the calls that the
// pane makes, in Outlook's own shapes: always asynchronous, with options or without, and answered by an
// AsyncResult. The page around it drives it by `earmarkHost`; without one, `window.__host` does.

(() => {
  const Succeeded = "succeeded";
  const Failed = "failed";
  /** The page around the pane, where it is one of ours. */
  const outer = window.frameElement ? window.parent.earmarkHost ?? null : null;
  const handlers = {};
  const planned = {};
  const customs = new Map();
  let opened = null;
  const sets = { Mailbox: "1.15", IdentityAPI: "1.3", DialogApi: "1.2" };
  const state = {
    item: null, selection: [], shared: null, theme: null, token: null, isMobile: false, isOffline: false, isClosed: false,
    user: { emailAddress: "someone@sandbox.example", displayName: "Someone" },
    master: [{ displayName: "Tracked to Dynamics 365", color: "Preset8" }],
  };

  const failure = (code, name, message = name) => ({ code, name, message });
  const refuse = (...given) => { throw failure(...given); };

  /** One asynchronous call: `(…, options?, callback)`. `work` answers a value or throws a failure. */
  function reply(method, given, work) {
    const parameters = [...given];
    const callback = typeof parameters.at(-1) === "function" ? parameters.pop() : () => {};
    const last = parameters.at(-1);
    const isOptions = last && typeof last === "object" && !Array.isArray(last) && "asyncContext" in last;
    const asyncContext = isOptions ? parameters.pop().asyncContext : undefined;
    setTimeout(async () => {
      const result = { asyncContext, status: Succeeded, value: undefined, error: null, diagnostics: {} };
      try {
        if (state.isOffline) refuse(9041, "NetworkError", "The network is not available");
        if (planned[method]?.length) throw planned[method].shift();
        result.value = await work(...parameters);
      } catch (error) {
        const { code = 5001, name = "InternalError", message = "An internal error has occurred" } = error ?? {};
        Object.assign(result, { status: Failed, error: failure(code, name, message) });
      }
      callback(result);
    }, Math.random() * 50);
  }
  const does = (method, work) => (...given) => reply(method, given, work);

  const fire = (type, event = {}) => handlers[type]?.forEach((heard) => setTimeout(() => heard({ type, ...event }), 0));

  const current = () => (outer ? outer.item : state.item);
  const user = () => outer?.user ?? state.user;
  const isSupported = (set, version = "1.1") => {
    const [major, minor] = (sets[set] ?? "0.0").split(".").map(Number);
    const [wantedMajor, wantedMinor] = version.split(".").map(Number);
    return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  };
  /** Outlook gives ids in the form of EWS, on telephones in that of Graph. */
  const shownId = (id) => (id && !state.isMobile ? id.replaceAll("-", "/").replaceAll("_", "+") : id);

  const checked = (names) => {
    if (!Array.isArray(names) || names.some((name) => typeof name !== "string" || name.length > 255)) refuse(5000, "InvalidParameter");
    return names;
  };
  const colours = async () => (outer ? outer.masterCategories() : state.master);
  const described = async (names) => {
    const known = await colours();
    return names.map((name) => ({ displayName: name, color: known.find((one) => one.displayName === name)?.color ?? "None" }));
  };

  function categories(item) {
    const change = async (add, remove) => {
      const names = (await colours()).map((one) => one.displayName);
      if (add.some((name) => !names.includes(name))) refuse(9055, "InvalidCategory");
      if (outer) await outer.setCategories(add, remove);
      else item.categories = [...new Set([...(item.categories ?? []), ...add])].filter((name) => !remove.includes(name));
    };
    return {
      getAsync: does("categories.getAsync", () => described(item.categories ?? [])),
      addAsync: does("categories.addAsync", (names) => change(checked(names), [])),
      removeAsync: does("categories.removeAsync", (names) => change([], checked(names))),
    };
  }

  function notifications() {
    const kept = new Map();
    const put = (key, message) => {
      if (String(message?.message ?? "").length > 150) refuse(9004, "InvalidNotificationMessage");
      if (!kept.has(key) && kept.size >= (state.isMobile ? 1 : 5)) refuse(9003, "NumberOfNotificationMessagesExceeded");
      kept.set(key, { key, ...message });
    };
    return {
      addAsync: does("notificationMessages.addAsync", put),
      replaceAsync: does("notificationMessages.replaceAsync", put),
      removeAsync: does("notificationMessages.removeAsync", (key) => { kept.delete(key); }),
      getAllAsync: does("notificationMessages.getAllAsync", () => [...kept.values()]),
    };
  }

  function properties(id) {
    const own = new Map(customs.get(id));
    return {
      get: (name) => own.get(name),
      set: (name, value) => { own.set(name, value); },
      remove: (name) => { own.delete(name); },
      getAll: () => Object.fromEntries(own),
      saveAsync: does("customProperties.saveAsync", () => { customs.set(id, new Map(own)); }),
    };
  }

  const ownedBy = ({ owner, permissions }) => (owner && owner !== user().emailAddress ? { owner, delegatePermissions: permissions } : null);
  const shared = (item) => (outer ? ownedBy(item) : state.shared);

  /** An item as Outlook shows it in the mode that it is in. */
  function shown(item) {
    if (!item) return null;
    const isRead = item.mode !== "compose";
    const face = {
      itemType: item.itemType ?? "message",
      conversationId: item.conversationId ?? null,
      seriesId: item.seriesId,
      notificationMessages: notifications(),
      loadCustomPropertiesAsync: does("loadCustomPropertiesAsync", () => properties(item.itemId)),
    };
    if (!state.isMobile) face.categories = categories(item);
    if (isRead) {
      Object.assign(face, { itemId: shownId(item.itemId), subject: item.subject ?? "" });
      if (face.itemType === "message") face.internetMessageId = item.internetMessageId;
    } else {
      const { subject = "" } = item;
      face.subject = { getAsync: does("subject.getAsync", () => subject), setAsync: does("subject.setAsync", (text) => { item.subject = text; }) };
      const idOr = (...refusal) => shownId(item.itemId) ?? refuse(...refusal);
      face.getItemIdAsync = does("getItemIdAsync", () => idOr(9032, "ItemNotSaved"));
      face.saveAsync = does("saveAsync", () => {
        item.itemId ??= item.draftId ?? null;
        return idOr(9021, "Save Error");
      });
    }
    const owner = shared(item);
    if (owner && !state.isMobile) {
      face.getSharedPropertiesAsync = does("getSharedPropertiesAsync", () => ({ targetRestUrl: "", targetMailbox: owner.owner, ...owner }));
    }
    return face;
  }

  const listed = () => (outer ? outer.selection ?? [] : state.selection).map((one) => ({
    itemType: "Message", itemMode: "Read", hasAttachment: false, ...one, itemId: shownId(one.itemId),
  }));

  /** A window of the pane: here a frame over it. Its page speaks through `messageParent`. */
  function dialog(address) {
    const url = new URL(address, location.origin);
    if (url.origin !== location.origin) refuse(12004, "DomainNotTrusted", "The domain is not trusted");
    if (opened) refuse(12007, "DialogAlreadyOpened", "A dialog is open already");
    const heard = {};
    const box = document.createElement("div");
    const frame = document.createElement("iframe");
    const cancel = document.createElement("button");
    Object.assign(box.style, { position: "fixed", inset: "0", zIndex: "9", display: "flex", flexDirection: "column", background: "Canvas" });
    Object.assign(frame.style, { flex: "1", width: "100%", border: "0" });
    Object.assign(frame, { title: "Sign in", src: url.href });
    Object.assign(cancel, { type: "button", textContent: "Close the window" });
    Object.assign(box, { role: "dialog", ariaLabel: "Sign in" });
    box.append(cancel, frame);
    const close = () => {
      window.removeEventListener("message", listen);
      box.remove();
      opened = null;
    };
    const listen = ({ source, origin, data }) => {
      if (source !== frame.contentWindow || typeof data?.earmarkDialog !== "string") return;
      heard.dialogMessageReceived?.({ message: data.earmarkDialog, origin, type: "dialogMessageReceived" });
    };
    cancel.addEventListener("click", () => {
      close();
      heard.dialogEventReceived?.({ error: 12006, type: "dialogEventReceived" });
    });
    window.addEventListener("message", listen);
    document.body.append(box);
    opened = { close, addEventHandler: (type, handler) => { heard[type] = handler; } };
    return opened;
  }

  const mailbox = {
    get item() { return shown(current()); },
    get userProfile() { return { accountType: "enterprise", timeZone: "UTC", ...user() }; },
    get diagnostics() { return { hostName: state.isMobile ? "OutlookIOS" : "OutlookWebApp", hostVersion: "0.0.0.0" }; },
    masterCategories: {
      getAsync: does("masterCategories.getAsync", async () => (await colours()).map(({ displayName, color }) => ({ displayName, color }))),
      addAsync: does("masterCategories.addAsync", async (added) => {
        const names = (await colours()).map((one) => one.displayName.toLowerCase());
        if (added.some((one) => names.includes(one.displayName.toLowerCase()))) refuse(9056, "DuplicateCategory");
        if (!outer) state.master.push(...added);
        else for (const { displayName, color } of added) await outer.addMasterCategory(displayName, color);
      }),
      removeAsync: does("masterCategories.removeAsync", (names) => {
        if (outer) refuse(9016, "PermissionDenied", "The sandbox keeps its categories");
        state.master = state.master.filter((one) => !checked(names).includes(one.displayName));
      }),
    },
    addHandlerAsync: does("addHandlerAsync", (type, heard) => { (handlers[type] ??= []).push(heard); }),
    removeHandlerAsync: does("removeHandlerAsync", (type) => { delete handlers[type]; }),
    getSelectedItemsAsync: does("getSelectedItemsAsync", () => listed().slice(0, 100)),
    loadItemByIdAsync: does("loadItemByIdAsync", (id) => {
      const found = [...(outer?.selection ?? state.selection), current()].find((one) => one && shownId(one.itemId) === id);
      if (!found) refuse(9001, "ItemNotFound");
      const owned = outer && { owner: outer.item?.owner, permissions: outer.item?.permissions };
      return { ...shown({ ...owned, ...found, itemType: "message", mode: "read" }), unloadAsync: does("unloadAsync", () => {}) };
    }),
    getUserIdentityTokenAsync: does("getUserIdentityTokenAsync", () => refuse(9018, "GenericTokenError")),
    convertToRestId: (id) => id.replaceAll("/", "-").replaceAll("+", "_"),
  };

  /** As the real library: never before the page is there, and never at once. */
  const parsed = () => new Promise((resolve) => {
    const later = () => setTimeout(resolve, Math.random() * 50);
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", later, { once: true });
    else later();
  });

  const colourNames = ["None", ...Array.from({ length: 25 }, (_, index) => `Preset${index}`)];

  window.Office = {
    onReady: (heard) => parsed().then(() => {
      const info = { host: "Outlook", platform: window.Office.context.platform, addin: null };
      heard?.(info);
      return info;
    }),
    HostType: { Outlook: "Outlook" },
    PlatformType: { PC: "PC", OfficeOnline: "OfficeOnline", Mac: "Mac", iOS: "iOS", Android: "Android" },
    AsyncResultStatus: { Succeeded, Failed },
    EventType: {
      ItemChanged: "olkItemSelectedChanged", SelectedItemsChanged: "olkSelectedItemsChanged", OfficeThemeChanged: "officeThemeChanged",
      DialogMessageReceived: "dialogMessageReceived", DialogEventReceived: "dialogEventReceived",
    },
    MailboxEnums: {
      RestVersion: { v2_0: "v2.0" },
      CategoryColor: Object.fromEntries(colourNames.map((name) => [name, name])),
      DelegatePermissions: { Read: 1, Write: 2, DeleteOwn: 4, DeleteAll: 8, EditOwn: 16, EditAll: 32 },
      ItemNotificationMessageType: {
        ProgressIndicator: "progressIndicator", InformationalMessage: "informationalMessage",
        ErrorMessage: "errorMessage", InsightMessage: "insightMessage",
      },
    },
    auth: {
      async getAccessToken() {
        const own = () => (typeof state.token === "function" ? state.token() : state.token);
        const token = await (outer ? outer.accessToken() : own());
        if (!token) refuse(13001, "NotSignedIn", "The user is not signed in");
        return token;
      },
    },
    context: {
      mailbox,
      requirements: { isSetSupported: isSupported },
      displayLanguage: "en-US",
      get platform() { return state.isMobile ? "iOS" : "OfficeOnline"; },
      get officeTheme() { return state.theme ?? undefined; },
      ui: {
        displayDialogAsync: does("displayDialogAsync", dialog),
        closeContainer: () => { state.isClosed = true; },
        messageParent: (message, { targetOrigin = location.origin } = {}) => window.parent.postMessage({ earmarkDialog: message }, targetOrigin),
      },
    },
  };

  const events = window.Office.EventType;
  if (outer) {
    outer.events.addEventListener("itemchanged", () => fire(events.ItemChanged));
    outer.events.addEventListener("selectionchanged", () => fire(events.SelectedItemsChanged));
    return;
  }
  /** Drives the host where no page around it does. */
  window.__host = {
    state,
    custom: (id) => Object.fromEntries(customs.get(id) ?? []),
    select(item) {
      Object.assign(state, { item, selection: [] });
      fire(events.ItemChanged);
    },
    multi(selection) {
      Object.assign(state, { item: null, selection });
      fire(events.SelectedItemsChanged);
    },
    setShared: (owner, delegatePermissions) => { state.shared = owner ? { owner, delegatePermissions } : null; },
    failNext: (method, code, name, message) => { (planned[method] ??= []).push(failure(code, name, message)); },
    setSets: (changed) => { Object.assign(sets, changed); },
    setUser: (emailAddress, displayName = emailAddress) => { state.user = { emailAddress, displayName }; },
    mobile() {
      state.isMobile = true;
      sets.Mailbox = "1.5";
      for (const missing of ["masterCategories", "convertToRestId"]) delete mailbox[missing];
    },
    offline: (isOffline = true) => { state.isOffline = isOffline; },
    theme(officeTheme) {
      state.theme = officeTheme;
      fire(events.OfficeThemeChanged, { officeTheme });
    },
    token: (token) => { state.token = token; },
  };
})();
