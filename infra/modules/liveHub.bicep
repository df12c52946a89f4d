// The hub of the screens, and where Web PubSub tells of their connections: by a token of its own identity, since it has no keys.

param webPubSubName string
param appUrl string

@description('What the tokens are made out to; empty: the app is told of no connection.')
param eventsAudience string

resource webPubSub 'Microsoft.SignalRService/webPubSub@2024-03-01' existing = {
  name: webPubSubName
}

var handler = {
  urlTemplate: '${appUrl}/api/v1/realtime/events'
  userEventPattern: ''
  systemEvents: ['connect', 'connected', 'disconnected']
  auth: { type: 'ManagedIdentity', managedIdentity: { resource: eventsAudience } }
}

resource hub 'Microsoft.SignalRService/webPubSub/hubs@2024-03-01' = {
  parent: webPubSub
  name: 'orders'
  properties: {
    anonymousConnectPolicy: 'deny'
    eventHandlers: eventsAudience == '' ? [] : [handler]
  }
}

output hubName string = hub.name
