-- 某日的超期单据:FROM overdue_on(DATE '2026-12-31'),可看过去,也可预看(假定不再办结)
-- Tickets overdue on a day: a past one, or a coming one if nothing more were closed. By what is known now.
CREATE MACRO overdue_on(wanted_day) AS TABLE
SELECT
    ticket_id, county_code, township_code, household_id, direction, severity, owner, status,
    opened_on, due_on, closed_on,
    CAST(wanted_day AS DATE) - due_on AS overdue_days
FROM tickets
WHERE opened_on <= CAST(wanted_day AS DATE)
    AND due_on < CAST(wanted_day AS DATE)
    AND (closed_on IS NULL OR closed_on > CAST(wanted_day AS DATE))
ORDER BY overdue_days DESC, ticket_id;
