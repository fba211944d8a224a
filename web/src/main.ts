// Mounts the page.

import { mount } from "svelte";
import { Tablet } from "./app/tablet.svelte";
import "./app.css";
import App from "./views/App.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no element #app");

const tablet = new Tablet();
tablet.start();
mount(App, { target, props: { tablet } });
