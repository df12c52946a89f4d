// The backend of the orchestrations: a Durable Task Scheduler and the app's task hub in it.

@minLength(3)
@maxLength(64)
param name string
param location string
param tags object

@allowed(['Consumption', 'Dedicated'])
param skuName string

@description('Who may reach the endpoint. Flex Consumption has no fixed addresses, and every call needs a role anyway.')
param ipAllowlist string[] = ['0.0.0.0/0']

@description('Days that the history of ended orchestrations is kept, for looking into what went wrong.')
param retentionDays int = 7

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: skuName == 'Dedicated' ? { name: skuName, capacity: 1 } : { name: skuName }
    ipAllowlist: ipAllowlist
  }
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2025-11-01' = {
  parent: scheduler
  name: 'orderbuddy'
}

resource retention 'Microsoft.DurableTask/schedulers/retentionPolicies@2025-11-01' = {
  parent: scheduler
  name: 'default'
  properties: {
    retentionPolicies: [{ retentionPeriodInDays: retentionDays }]
  }
}

output name string = scheduler.name
output endpoint string = scheduler.properties.endpoint
output taskHubName string = taskHub.name
