import { connecting, connectingTwice, reconnecting, recovering } from './scenarios-connect.ts';
import { deliveryScenarios } from './scenarios-deliveries.ts';
import { losingGrant } from './scenarios-grant.ts';
import { disconnecting, disconnectingAlone, disconnectingBusy, disconnectingShared } from './scenarios-leaving.ts';
import { subscriptionScenarios } from './scenarios-subscriptions.ts';
import { calendarScenarios } from './scenarios-calendar.ts';
import { contactScenarios } from './scenarios-contacts.ts';
import { scenarios, type Scenario } from './scenarios.ts';

/** Scenarios in the life of a connection. */
export const lifeScenarios: readonly Scenario[] = [
  connecting,
  connectingTwice,
  reconnecting,
  recovering,
  losingGrant,
  ...subscriptionScenarios,
  disconnecting,
  disconnectingBusy,
  disconnectingAlone,
  disconnectingShared,
  ...deliveryScenarios,
];

/** The whole plan. */
export const allScenarios: readonly Scenario[] = [
  ...scenarios,
  ...contactScenarios,
  ...calendarScenarios,
  ...lifeScenarios,
];
